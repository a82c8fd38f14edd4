/* report.c: the facts, and the rows for a person.
 *
 * A row is printed only for what has happened: no name of a certificate that was not verified
 * appears as an identity, and with --insecure the row says so. Days come before dates. */
#include "report.h"

#include "admission.h"
#include "legacy.h"
#include "out.h"
#include "services.h"
#include "tool.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

static const char *copy(char out[48], const char *name)
{
    snprintf(out, 48, "%s", name ? name : "");
    return name ? out : NULL;
}

/* Names of hosts among the first; of the others, the report says how many there are. */
static void collect_names(struct report *report, const tacit_conn *conn)
{
    enum { NAMES_LOOKED_AT = 1000 }; /* each is found by counting from the first */
    tacit_name_kind kind;
    size_t n = 0;
    for (size_t i = 0; n < REPORT_NAMES && i < NAMES_LOOKED_AT
                       && tacit_conn_peer_name(conn, 0, i, &kind, report->leaf_names[n],
                                               sizeof report->leaf_names[n]);
         i++)
        n += kind == TACIT_NAME_DNS || kind == TACIT_NAME_IP;
    report->n_leaf_names = n;
}

void report_collect(struct report *report, const tacit_conn *conn)
{
    report->info.size = sizeof report->info;
    tacit_conn_info(conn, &report->info);
    out_escape(report->alpn, sizeof report->alpn, report->info.alpn.p, report->info.alpn.n);
    report->info.version_name = copy(report->names[0], report->info.version_name);
    report->info.suite_name = copy(report->names[1], report->info.suite_name);
    report->info.group_name = copy(report->names[2], report->info.group_name);
    report->info.own_scheme_name = copy(report->names[3], report->info.own_scheme_name);
    report->info.peer_scheme_name = copy(report->names[4], report->info.peer_scheme_name);
    report->info.encryption_name = copy(report->names[5], report->info.encryption_name);
    report->info.integrity_name = copy(report->names[6], report->info.integrity_name);
    paths_take(&report->paths, tacit_conn_report(conn), &report->failure);
    if (report->n_certs)
        return;
    for (size_t i = 0; i < REPORT_CERTS; i++) {
        report->certs[i].size = sizeof report->certs[i];
        if (!tacit_conn_peer_cert(conn, i, &report->certs[i]))
            break;
        report->n_certs++;
    }
    collect_names(report, conn);
}

void report_end(struct report *report)
{
    paths_end(&report->paths);
}

void report_expiry(struct report *report, long days)
{
    int64_t now = (int64_t)time(NULL);
    size_t n = report->n_certs > 1 ? report->n_certs - 1 : report->n_certs;
    for (size_t i = 0; days > 0 && i < n; i++) {
        int64_t left = report->certs[i].not_after - now;
        char span[32];
        if (left < days * 86400)
            failure_own(&report->failure, STATUS_EXPIRES_SOON, "cert.expires-soon",
                        "the certificate of %s expires in %s", report->certs[i].subject,
                        out_span(span, left));
    }
}

/* short_name finds what a person calls an authority: the CN of its subject, if there is one. */
static const char *short_name(const char *subject, char out[128])
{
    const char *cn = strstr(subject, "CN=");
    const char *from = cn ? cn + 3 : subject;
    size_t n = 0;
    while (from[n] && !(cn && from[n] == ',' && (!n || from[n - 1] != '\\')))
        n++;
    snprintf(out, 128, "%.*s", (int)(n < 127 ? n : 127), from);
    return out;
}

static unsigned long ms(uint64_t ns)
{
    return (unsigned long)((ns + 500000) / 1000000);
}

static void connected_row(const struct report *r, FILE *to)
{
    char where[400], times[96] = "";
    int n = 0;
    snprintf(where, sizeof where, "%s  %s", r->target->shown,
             r->target->numeric ? "" : r->dial->address);
    if (r->dial->dns_ns)
        n = snprintf(times, sizeof times, "dns %lu ms  ", ms(r->dial->dns_ns));
    snprintf(times + n, sizeof times - (size_t)n, "tcp %lu ms  tls %lu ms", ms(r->dial->tcp_ns),
             ms(r->tls_ns));
    out_row(to, "connected", "%-40s %s", where, times);
}

static void secure_row(const struct report *r, FILE *to)
{
    const tacit_info *i = &r->info;
    out_row(to, "secure", "%s, %s%s%s%s%s%s", i->version_name ? i->version_name : "?",
            i->suite_name ? i->suite_name : "?", i->group_name ? ", " : "",
            i->group_name ? i->group_name : "", r->alpn[0] ? ", " : "", r->alpn,
            i->resumed ? ", resumed" : "");
}

/* A connection that needed a word is not called secure without saying what it lacks. */
static void legacy_row(const struct report *r, FILE *to)
{
    char lacks[512] = "";
    size_t n = 0;
    for (size_t i = 0; i < LEGACY_WORDS; i++)
        if (r->info.legacy & legacy_words[i].bit && n < sizeof lacks)
            n += (size_t)snprintf(lacks + n, sizeof lacks - n, "%s%s", n ? "; " : "",
                                  legacy_words[i].lacks);
    if (n)
        out_row(to, "legacy", "%s", lacks);
}

static const char *expiry(char out[96], const tacit_cert_info *cert, bool date)
{
    char span[32], when[32];
    int64_t left = cert->not_after - (int64_t)time(NULL);
    snprintf(out, 96, "%s %s%s%s%.10s", left < 0 ? "expired" : "expires in", out_span(span, left),
             left < 0 ? " ago" : "", date ? "   " : "",
             date ? out_time(when, cert->not_after) : "");
    return out;
}

static void chain_rows(const struct report *r, bool issuer, FILE *to)
{
    char end[96], name[128];
    if (r->n_certs > 0)
        out_row(to, "", "%-9s %-14s  %s", "leaf", r->certs[0].key, expiry(end, &r->certs[0], true));
    if (r->n_certs > 1 && issuer)
        out_row(to, "", "%-9s %-14s  %s", "issuer", short_name(r->certs[1].subject, name),
                expiry(end, &r->certs[1], false));
}

void report_insecure(const struct report *r, FILE *to)
{
    if (r->info.pinned)
        out_row(to, "INSECURE",
                "only the key was verified, by --pin (--insecure): no authority, name or date");
    else if (r->allow && r->connected)
        out_row(to, "INSECURE",
                "only --allow was checked (--insecure), in a certificate that nobody vouches for");
    else
        out_row(to, "INSECURE", "nothing was verified (--insecure): this may be anybody");
}

static void identity_rows(const struct report *r, bool issuer, FILE *to)
{
    char who[400], anchor[128];
    if (r->info.verification_skipped) {
        report_insecure(r, to);
        if (r->n_certs)
            out_row(to, "claims", "%s, issued by %s", r->certs[0].name,
                    short_name(r->certs[0].issuer, anchor));
    } else if (r->n_certs) {
        snprintf(who, sizeof who, "%s  (1 of %" PRIu32 " name%s)", r->name, r->certs[0].n_names,
                 r->certs[0].n_names == 1 ? "" : "s");
        out_row(to, "identity", "%-40s trusted by %s", who,
                short_name(r->certs[r->n_certs - 1].subject, anchor));
    } else if (r->info.resumed) {
        out_row(to, "identity", "as proven in the earlier session");
    }
    chain_rows(r, issuer, to);
    if (r->info.revocation_unknown)
        out_row(to, "revocation",
                "unknown: of some certificate, no current list says that it is valid");
}

/* staple_row tells what the server has shown of its certificate's revocation. */
static void staple_row(const struct report *r, FILE *to)
{
    if (r->info.stapled)
        out_row(to, "status", "not revoked, by an OCSP response that the server showed");
}

static void page_row(const struct report *r, FILE *to)
{
    if (r->http_status)
        out_row(to, "page", "%d %s, %" PRIu64 " bytes", r->http_status, r->http_phrase,
                r->http_body);
}

static void resumption_row(const struct report *r, FILE *to)
{
    const tacit_info *i = &r->info;
    if (i->tickets)
        out_row(to, "resumption", "%" PRIu32 " ticket%s, early data not used", i->tickets,
                i->tickets == 1 ? "" : "s");
    else
        out_row(to, "resumption", "no ticket so far, early data not used");
}

/* failure_rows tell of the certificates only if no row above did. */
static void failure_rows(const struct report *r)
{
    fflush(stdout); /* in this order, also on a terminal */
    failure_print(&r->failure);
    if (!r->connected && !strncmp(r->failure.code, "cert.", 5) && !paths_rows(&r->paths, stderr))
        chain_rows(r, true, stderr);
    failure_hint(&r->failure);
}

/* rows_left is how many of ten are left to what a reader can do without: the issuer, then
 * resumption. */
static int rows_left(const struct report *r)
{
    const tacit_info *i = &r->info;
    int rows = 7; /* connected, secure, three services, identity or INSECURE, leaf */
    rows += (i->legacy != 0) + i->verification_skipped + i->revocation_unknown + i->stapled;
    rows += (r->http_status != 0) + 2 * (r->failure.status != 0);
    return 10 - rows;
}

void report_text(const struct report *r, FILE *to)
{
    if (r->connected) {
        int left = rows_left(r);
        connected_row(r, to);
        secure_row(r, to);
        legacy_row(r, to);
        services_rows(&r->info, to);
        identity_rows(r, left-- > 0, to);
        staple_row(r, to);
        page_row(r, to);
        if (left > 0)
            resumption_row(r, to);
    }
    if (r->failure.status)
        failure_rows(r);
}
