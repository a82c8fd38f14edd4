/* ca_ocsp.c: `tacit ca ocsp`: the authority answers about its certificates, over HTTP or into a
 * file that a server can staple. */
#include "ca.h"

#include "args.h"
#include "dial.h"
#include "out.h"
#include "tool.h"

#include <openssl/crypto.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

static char *listen_on, *cert, *key, *out;

static const struct poptOption table[] = {
    {"listen", 0, POPT_ARG_STRING, &listen_on, 0, "answer over HTTP; port 0 picks a free one",
     "ADDR:PORT"},
    {"out", 0, POPT_ARG_STRING, &out, 0, "write the response about SERIAL to FILE (DER)", "FILE"},
    {"cert", 0, POPT_ARG_STRING, &cert, 0, "who signs, if it is not the authority itself: PEM",
     "FILE"},
    {"key", 0, POPT_ARG_STRING, &key, 0, "its private key: PEM", "FILE"},
    ARGS_END};

static struct args args = {
    .verb = "ca ocsp",
    .usage = "DIR --listen ADDR:PORT | DIR SERIAL --out FILE",
    .about =
        "Answers by OCSP about the certificates of the authority in DIR, as DIR has it at that\n"
        "moment. An answer is current for 24 hours.\n\n"
        "  tacit ca ocsp ./ca --listen 127.0.0.1:8080\n"
        "  tacit ca ocsp ./ca 0a1b2c --out localhost.ocsp    for tacit serve --ocsp",
    .table = table,
};

/* put writes over the file in one step: whoever reads it has the old response or the new. */
static int put(const char *path, const uint8_t *bytes, size_t n)
{
    char dir[4096];
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 0;
    if (len >= sizeof dir)
        return out_fail(STATUS_FILE, NULL, "the name of the file is too long");
    snprintf(dir, sizeof dir, "%.*s", (int)len, path);
    return file_replace(!slash ? "." : len ? dir : "/", slash ? slash + 1 : path, 0644, bytes, n);
}

static int write_one(const struct ca_responder *r, const char *serial)
{
    X509 *about = NULL;
    uint8_t *answer = NULL;
    int status = ca_find_issued(r->ca.dir, serial, &about);
    size_t n = status ? 0 : ca_respond_about(r, about, &answer);
    if (!status)
        status = n ? put(out, answer, n)
                   : out_fail(STATUS_INTERNAL, NULL, "libcrypto cannot make the response");
    if (!status)
        out_row(stdout, "response", "%s, current for %d hours", out, CA_OCSP_HOURS);
    OPENSSL_free(answer);
    X509_free(about);
    return status ? status : out_flush(STATUS_OK);
}

static int run(void)
{
    struct target at;
    struct ca_responder r;
    if (args.n_words != (out ? 2 : 1) || !out == !listen_on)
        return args_usage(&args, "it is DIR and --listen, or DIR, SERIAL and --out");
    if (!cert != !key)
        return args_usage(&args, "--cert and --key belong together");
    const char *wrong = listen_on ? target_read(&at, listen_on, NULL) : NULL;
    if (wrong)
        return args_usage(&args, "--listen: %s", wrong);
    int status = ca_responder_open(&r, args.words[0], cert, key);
    if (!status)
        status = out ? write_one(&r, args.words[1]) : ca_ocsp_serve(&r, &at);
    ca_responder_close(&r);
    return status;
}

int ca_ocsp(int argc, const char **argv)
{
    int status;
    if (args_parse(&args, argc, argv, &status))
        status = run();
    args_free(&args);
    return status;
}
