/* cert_fuzz.c: a certificate that was read lends its own bytes, its names and faults are printed
 * without what a terminal would obey, and what is asked of it stays inside its memory. */
#include "x509/check.h"
#include "x509/parse.h"
#include "x509/report.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_inside(span part, span whole)
{
    check(!part.n || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n));
}

static void check_printed(const char *text)
{
    for (; *text; text++)
        check((uint8_t)*text >= 0x20 && *text != 0x7f);
}

static void ask_for_names(const struct cert *cert)
{
    char text[256];
    struct host host;
    static const char *const names[] = {"a.test", "b.a.test", "10.0.0.1", "::1"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        check(host_parse(&host, span_str(names[i]), NULL));
        check(!host_matches(cert, &host) || cert->san.n);
    }
    check(name_text(cert->subject, text, sizeof text) == strlen(text));
    check_printed(text);
    name_common(cert->subject, text, sizeof text);
    check_printed(text);
    for (size_t i = 0; cert_name_at(cert, i, NULL, text, sizeof text); i++)
        check_printed(text);
}

/* constrain holds the certificate against its own constraints, as an issuer of itself. */
static void constrain(const struct cert *cert)
{
    struct path path = {.n = 2, .certs = {cert, cert}};
    struct budget budget = {.comparisons = 10000};
    struct err err = {0};
    bool ok = constraints_apply(&path, &budget, &err);
    check(ok == (err.reason == R_NONE));
    check(ok || cert->name_constraints.p);
}

/* explain has every rule told as broken by the certificate, its own issuer; those that ask
 * revocation lists have none here to ask. */
static void explain(const struct cert *cert)
{
    char expected[WORDS_MAX], found[WORDS_MAX];
    struct tacit_report report = {.has_host = true};
    struct attempt a = {.path = {.n = 2, .certs = {cert, cert}}};
    check(host_parse(&report.host, span_str("a.test"), NULL));
    for (unsigned reason = 1; reason < N_REASONS; reason++) {
        if (reason == R_CERT_REVOKED || reason == R_CRL_EXPIRED)
            continue;
        a.err.reason = (uint16_t)reason;
        evidence(&report, &a, expected, found);
        check_printed(expected);
        check_printed(found);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct cert cert;
    struct err err = {0};
    bool ok = cert_parse(&cert, (span){data, n}, &err);
    check(ok == (err.reason == R_NONE));
    if (!ok)
        return 0;
    const span parts[] = {cert.tbs,      cert.serial, cert.issuer,    cert.subject,
                          cert.spki,     cert.sig,    cert.san,       cert.name_constraints,
                          cert.aki,      cert.ski,    cert.key.point, cert.key.rsa_n,
                          cert.key.rsa_e};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        check_inside(parts[i], cert.der);
    check(cert.self_issued == name_eq(cert.subject, cert.issuer));
    check(!cert.self_issued || name_hash(cert.subject) == name_hash(cert.issuer));
    ask_for_names(&cert);
    constrain(&cert);
    explain(&cert);
    return 0;
}
