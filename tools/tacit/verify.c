/* verify.c: `tacit verify`: the path validator alone, on files, without a connection.
 *
 * One line says whether the leaf is to be believed, and names what was not asked: a check that did
 * not run is never counted as passed. */
#define _GNU_SOURCE /* strptime, timegm, memmem */
#include "args.h"
#include "out.h"
#include "paths.h"
#include "report.h"
#include "setup.h"
#include "staple.h"
#include "tool.h"

#include <tacit/verify.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct setup_options given;
static char *name, *purpose, *when;
static char **untrusted, **policies, **ocsp;
static int explicit_policy, inhibit_mapping, inhibit_any, json;

static const struct poptOption table[] = {
    {"ca", 0, POPT_ARG_ARGV, &given.anchors, 0,
     "trust the certificates in FILE, instead of the system's", "FILE"},
    {"untrusted", 0, POPT_ARG_ARGV, &untrusted, 0, "intermediates that may be used", "FILE"},
    {"name", 0, POPT_ARG_STRING, &name, 0, "the name or address to prove", "NAME"},
    {"purpose", 0, POPT_ARG_STRING, &purpose, 0, "server (default) or client", "PURPOSE"},
    {"time", 0, POPT_ARG_STRING, &when, 0, "not now but then: 2027-01-20T10:11:12Z", "TIME"},
    {"crl", 0, POPT_ARG_ARGV, &given.crls, 0,
     "revocation lists: each certificate below the anchor needs a current one", "PATH"},
    {"ocsp", 0, POPT_ARG_ARGV, &ocsp, 0,
     "OCSP responses (DER), beside the lists: each certificate needs a current one of either",
     "FILE"},
    {"policy", 0, POPT_ARG_ARGV, &policies, 0, "accept this policy, such as 1.2.3", "OID"},
    {"explicit-policy", 0, POPT_ARG_NONE, &explicit_policy, 0,
     "a policy must be valid along the whole path", NULL},
    {"inhibit-mapping", 0, POPT_ARG_NONE, &inhibit_mapping, 0, "map no policies", NULL},
    {"inhibit-any", 0, POPT_ARG_NONE, &inhibit_any, 0, "anyPolicy is no policy", NULL},
    {"json", 0, POPT_ARG_NONE, &json, 0, "report as JSON", NULL},
    ARGS_END};

static struct args args = {
    .verb = "verify",
    .usage = "CERT.pem [OPTION...]",
    .about = "Verifies a certificate: its path to an authority, dates, purpose, constraints,\n"
             "policies, and, where they are given, its name and its revocation.\n\n"
             "  tacit verify server.pem --ca ca.pem --name www.example.org",
    .table = table,
};

static struct setup setup = {.keylog_fd = -1};
static struct staples staples;
static char *pem;
static size_t pem_size, pem_cap;

enum { PEM_MAX = 16 << 20 };

static bool grow(const char *block, size_t n)
{
    if (pem_size + n + 1 > pem_cap) {
        char *more = realloc(pem, 2 * (pem_size + n + 1));
        if (!more)
            return false;
        pem = more;
        pem_cap = 2 * (pem_size + n + 1);
    }
    memcpy(pem + pem_size, block, n);
    pem_size += n;
    return true;
}

/* read_pem appends a file, so that the leaf's comes first. One without a certificate is a mistake:
 * what it should have brought would only be missed. */
static int read_pem(const char *path)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----";
    char block[4096];
    size_t n, before = pem_size;
    FILE *from = fopen(path, "rbe");
    if (!from)
        return out_fail(STATUS_FILE, NULL, "cannot read %s: %s", path, strerror(errno));
    while ((n = fread(block, 1, sizeof block, from)) > 0 && pem_size <= PEM_MAX)
        if (!grow(block, n))
            break;
    int why = ferror(from) ? errno : 0;
    fclose(from);
    if (why)
        return out_fail(STATUS_FILE, NULL, "cannot read %s: %s", path, strerror(why));
    if (n > 0)
        return out_fail(STATUS_FILE, NULL, "%s is larger than %d MiB", path, PEM_MAX >> 20);
    if (pem_size == before || !memmem(pem + before, pem_size - before, begin, sizeof begin - 1))
        return out_fail(STATUS_FILE, "tacit inspect FILE says what it holds",
                        "%s: there is no certificate in the PEM text", path);
    pem[pem_size++] = '\n'; /* the next file begins a line */
    return 0;
}

static int read_time(int64_t *out)
{
    struct tm tm = {.tm_mday = 1};
    const char *end = strptime(when, "%Y-%m-%dT%H:%M:%SZ", &tm);
    *out = end && !*end ? (int64_t)timegm(&tm) : 0;
    return *out > 0 ? 0 : args_usage(&args, "--time is like 2027-01-20T10:11:12Z, after 1970");
}

static int read_responses(void)
{
    struct fault fault = {0};
    staples_read(&staples, ocsp, &fault);
    return fault_print(&fault);
}

static int read_words(tacit_verify_options *o)
{
    if (args.n_words != 1)
        return args_usage(&args, args.n_words ? "one CERT.pem is enough" : "CERT.pem is missing");
    if (purpose && strcmp(purpose, "server") != 0 && strcmp(purpose, "client") != 0)
        return args_usage(&args, "--purpose is server or client");
    o->purpose =
        purpose && !strcmp(purpose, "client") ? TACIT_PURPOSE_CLIENT : TACIT_PURPOSE_SERVER;
    o->name = name;
    o->policies = (const char *const *)policies;
    while (policies && policies[o->n_policies])
        o->n_policies++;
    o->explicit_policy = explicit_policy;
    o->inhibit_mapping = inhibit_mapping;
    o->inhibit_any = inhibit_any;
    int status = when ? read_time(&o->time) : 0;
    if (!status)
        status = read_pem(args.words[0]);
    for (char **p = untrusted; !status && p && *p; p++)
        status = read_pem(*p);
    if (!status)
        status = read_responses();
    o->ocsp = staples.list;
    o->n_ocsp = staples.n;
    o->chain = (tacit_span){(const uint8_t *)pem, pem_size};
    return status;
}

/* culprit is the file that an error of the library is about. */
static const char *culprit(const tacit_error *error)
{
    tacit_error found;
    if (strcmp(error->code, "file") != 0)
        return NULL;
    if (strcmp(error->name, "OCSP_UNREADABLE") != 0)
        return args.words[0];
    for (size_t i = 0; i < staples.n; i++)
        if (!tacit_verify_ocsp(setup.env, NULL, setup.files.trust, staples.list[i], 0, &found)
            && found.reason == error->reason)
            return ocsp[i];
    return NULL;
}

static size_t collect(const tacit_verdict *verdict, tacit_cert_info *certs)
{
    size_t n = 0;
    for (; n < REPORT_CERTS; n++) {
        certs[n].size = sizeof certs[n];
        if (!tacit_verdict_cert(verdict, n, &certs[n]))
            break;
    }
    return n;
}

static json_t *as_json(const struct failure *failure, const tacit_cert_info *certs, size_t n,
                       const struct paths *paths)
{
    json_t *o = json_object(), *path = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(path, report_cert_json(&certs[i]));
    json_object_set_new(o, "schema", json_string("tacit.verify/1"));
    json_object_set_new(o, "valid", json_boolean(!failure->status));
    failure_json(failure, o);
    json_object_set_new(o, "name", name ? json_string(name) : json_null());
    json_object_set_new(o, "name_checked", json_boolean(name && !failure->status));
    json_object_set_new(o, "revocation_checked",
                        json_boolean((given.crls || ocsp) && !failure->status));
    json_object_set_new(o, "path", path);
    json_object_set_new(o, "paths", paths_json(paths));
    return o;
}

static void as_text(const struct failure *failure, const tacit_cert_info *certs, size_t n,
                    const struct paths *paths)
{
    if (!failure->status) {
        out_row(stdout, "valid", "%s, by %s%s%s%s", certs[0].subject, certs[n - 1].subject,
                name ? ", as " : "; no name was checked", name ? name : "",
                given.crls || ocsp ? "; not revoked" : "; revocation was not checked");
        return;
    }
    failure_print(failure);
    paths_rows(paths, stderr);
    failure_hint(failure);
}

static int run(void)
{
    static tacit_cert_info certs[REPORT_CERTS];
    tacit_verify_options o = {.size = sizeof o};
    tacit_verdict *verdict = NULL;
    tacit_error error = {0};
    struct failure failure = {0};
    struct paths paths = {0};
    int status = read_words(&o);
    given.believes = true;
    if (!status)
        status = setup_begin(&setup, &given);
    if (status)
        return status;
    o.trust = setup.files.trust;
    o.revocation = ocsp ? TACIT_REVOCATION_HARD : setup.options.revocation;
    if (!tacit_verify(setup.env, &verdict, &o, &error))
        failure_tls(&failure, &error);
    if (!verdict)
        return setup_error(&error, culprit(&error));
    size_t n = collect(verdict, certs);
    paths_take(&paths, tacit_verdict_report(verdict), &failure);
    tacit_verdict_free(verdict);
    if (!json)
        as_text(&failure, certs, n, &paths);
    status = json ? out_json(stdout, as_json(&failure, certs, n, &paths)) : out_flush(0);
    paths_end(&paths);
    return failure.status ? failure.status : status;
}

int verify_main(int argc, const char **argv)
{
    int status;
    if (args_parse(&args, argc, argv, &status))
        status = run();
    setup_end(&setup);
    staples_free(&staples);
    free(pem);
    args_free(&args);
    return status;
}
