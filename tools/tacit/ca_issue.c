/* ca_issue.c: `tacit ca issue`: a short-lived certificate and its key.
 *
 * The certificate is recorded in the authority's folder before it is handed out: one that was
 * recorded and then lost harms nobody, one that is not on record could never be revoked. */
#include "ca.h"

#include "args.h"
#include "out.h"
#include "tool.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_NAMES = 100 };

static int client, peer, responder;
static char *uri, *out_dir, *key_type;

static const struct poptOption table[] = {
    {"client", 0, POPT_ARG_NONE, &client, 0, "for a client (default: for a server)", NULL},
    {"peer", 0, POPT_ARG_NONE, &peer, 0, "for both roles", NULL},
    {"responder", 0, POPT_ARG_NONE, &responder, 0,
     "for one that signs OCSP responses for the authority", NULL},
    {"uri", 0, POPT_ARG_STRING, &uri, 0, "a URI beside the names, such as a SPIFFE ID", "URI"},
    {"out", 0, POPT_ARG_STRING, &out_dir, 0, "write NAME.pem and NAME.key here (default: .)",
     "DIR"},
    {"key-type", 0, POPT_ARG_STRING, &key_type, 0, "p256 (default), rsa2048 or ed25519", "KIND"},
    ARGS_END};

static struct args args = {
    .verb = "ca issue",
    .usage = "DIR NAME... [OPTION...]",
    .about = "Issues a certificate for the names, DNS or IP, from the authority in DIR; it lasts "
             "30 days.\n\n"
             "  tacit ca issue ./ca localhost 127.0.0.1\n"
             "  tacit ca issue ./ca alice.example.test --client --out ./alice",
    .table = table,
};

static int read_names(const struct ca *ca, struct ca_name *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char shown[128];
        const char *text = args.words[1 + i], *wrong = ca_name_leaf(&names[i], text);
        out_escape(shown, sizeof shown, text, strlen(text));
        if (wrong)
            return args_usage(&args, "the name \"%s\": %s", shown, wrong);
        if (!ca_permits(ca, &names[i]))
            return out_fail(STATUS_USAGE, "tacit ca show tells what it may vouch for",
                            "the authority's limits do not cover \"%s\"", shown);
    }
    return 0;
}

static void report(const struct ca *ca, const X509 *cert, const char *dir, const char *base)
{
    char serial[64], span[32], when[32];
    int64_t end = ca_not_after(cert);
    out_row(stdout, "issued", "%s for %s", args.words[1],
            peer        ? "both roles"
            : client    ? "a client"
            : responder ? "an OCSP responder"
                        : "a server");
    out_row(stdout, "expires", "in %s   %.10s", out_span(span, end - (int64_t)time(NULL)),
            out_time(when, end));
    out_row(stdout, "serial", "%s", ca_serial(cert, serial));
    out_row(stdout, "files", "%s/%s.pem %s/%s.key", dir, base, dir, base);
    if (client && !peer)
        out_row(stdout, "use", "tacit connect HOST --cert %s/%s.pem --key %s/%s.key", dir, base,
                dir, base);
    else if (responder)
        out_row(stdout, "use",
                "tacit ca ocsp %s --listen 127.0.0.1:8080 --cert %s/%s.pem --key %s/%s.key",
                ca->dir, dir, base, dir, base);
    else
        out_row(stdout, "use",
                "tacit serve --cert %s/%s.pem --key %s/%s.key --listen 127.0.0.1:8443", dir, base,
                dir, base);
    out_row(stdout, "", "those who trust %s/%s will believe it", ca->dir, ca_root_file(ca));
}

static int make(const struct ca *ca, const struct ca_request *request, const char *dir)
{
    char base[300], pem[310], key[310];
    ca_base_name(base, request->names[0].text);
    snprintf(pem, sizeof pem, "%s.pem", base);
    snprintf(key, sizeof key, "%s.key", base);
    int status = ca_check_free(dir, pem, key);
    if (status)
        return status;
    X509 *cert = request->key ? ca_make_leaf(ca, request) : NULL;
    status = cert ? ca_record(ca, cert, NULL)
                  : out_fail(STATUS_INTERNAL, NULL, "libcrypto cannot make the certificate");
    if (!status)
        status = ca_put_key(dir, key, request->key);
    if (!status)
        status = ca_put_chain(ca, dir, pem, cert);
    if (!status)
        report(ca, cert, dir, base);
    X509_free(cert);
    return status ? status : out_flush(STATUS_OK);
}

static int issue(void)
{
    static struct ca_name names[MAX_NAMES];
    if (args.n_words < 2)
        return args_usage(&args, "the authority's folder or the name is missing");
    if (args.n_words - 1 > MAX_NAMES)
        return args_usage(&args, "more than %d names", MAX_NAMES);
    const char *wrong = uri ? ca_uri_check(uri) : NULL, *kind = key_type ? key_type : "p256";
    if (wrong)
        return args_usage(&args, "the URI: %s", wrong);
    if (!ca_key_kind_known(kind))
        return args_usage(&args, "there is no such key type; it is p256, rsa2048 or ed25519");
    if (responder && (client || peer))
        return args_usage(&args, "a responder is nothing else");
    struct ca ca;
    struct ca_request request = {
        .names = names,
        .n_names = (size_t)args.n_words - 1,
        .uri = uri,
        .roles = peer        ? CA_SERVER | CA_CLIENT
                 : client    ? CA_CLIENT
                 : responder ? CA_RESPONDER
                             : CA_SERVER,
    };
    int status = ca_open(&ca, args.words[0], true);
    if (!status)
        status = ca_check_current(&ca);
    if (!status)
        status = read_names(&ca, names, request.n_names);
    if (!status) {
        request.key = ca_make_key(kind);
        status = make(&ca, &request, out_dir ? out_dir : ".");
    }
    EVP_PKEY_free(request.key);
    ca_close(&ca);
    return status;
}

int ca_issue(int argc, const char **argv)
{
    int status;
    if (args_parse(&args, argc, argv, &status))
        status = issue();
    args_free(&args);
    return status;
}
