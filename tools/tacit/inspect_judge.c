/* inspect_judge.c: what the library says of a certificate, a list or a chain, by its public API.
 *
 * Facts come from libcrypto; verdicts come from here alone, and from no second opinion. */
#include "inspect.h"

#include "setup.h"
#include "tool.h"

#include <tacit/verify.h>

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

static struct setup setup = {.keylog_fd = -1};
static bool given_by_hand; /* the trust is what --ca names */

int judge_begin(char **anchors)
{
    struct setup_options given = {.anchors = anchors};
    tacit_error error = {0};
    int status = setup_begin(&setup, &given);
    given_by_hand = anchors;
    if (!status && !setup.files.trust) {
        setup.files.trust = tacit_trust_system(setup.env, &error);
        if (!setup.files.trust) /* a machine without a bundle: nothing will be believed */
            setup.files.trust = tacit_trust_new(setup.env, &error);
        if (!setup.files.trust)
            status = setup_error(&error, NULL);
    }
    return status;
}

void judge_end(void)
{
    setup_end(&setup);
}

tacit_env *judge_env(void)
{
    return setup.env;
}

static void put_pem(BIO *out, const char *label, const uint8_t *der, size_t n)
{
    if (n && n <= INT32_MAX)
        PEM_write_bio(out, label, "", der, (long)n);
}

static tacit_span pem_span(BIO *pem)
{
    char *text = NULL;
    long n = pem ? BIO_get_mem_data(pem, &text) : 0;
    return (tacit_span){(const uint8_t *)text, n > 0 ? (size_t)n : 0};
}

/* An empty trust is the parser without anything around it. */
static void judge(struct failure *doubt, tacit_span text, bool is_crl)
{
    tacit_error error = {0};
    tacit_trust *trust = tacit_trust_new(setup.env, &error);
    bool ok = trust
              && (is_crl ? tacit_trust_add_crl_pem(trust, text, &error)
                         : tacit_trust_add_pem(trust, text, &error));
    if (!ok)
        failure_tls(doubt, &error);
    tacit_trust_free(trust);
}

void judge_cert(struct failure *doubt, const uint8_t *der, size_t n)
{
    BIO *pem = BIO_new(BIO_s_mem());
    if (pem)
        put_pem(pem, "CERTIFICATE", der, n);
    judge(doubt, pem_span(pem), false);
    BIO_free(pem);
}

void judge_crl(struct failure *doubt, const uint8_t *der, size_t n)
{
    judge(doubt, (tacit_span){der, n}, true);
}

void judge_ocsp(struct failure *doubt, const uint8_t *der, size_t n)
{
    tacit_error error = {0};
    tacit_trust *nobody = tacit_trust_new(setup.env, &error);
    if (!tacit_verify_ocsp(setup.env, NULL, nobody, (tacit_span){der, n}, 0, &error)
        && strcmp(error.code, "cert.status-unknown") != 0) /* which it says of each that it read */
        failure_tls(doubt, &error);
    tacit_trust_free(nobody);
}

void judge_path(struct failure *verdict, char anchor[256], struct paths *paths,
                const struct inspection *all, const char *name, bool for_clients)
{
    BIO *pem = BIO_new(BIO_s_mem());
    tacit_verdict *found = NULL;
    tacit_cert_info info = {.size = sizeof info};
    tacit_error error = {0};
    for (size_t i = 0; pem && i < all->n; i++)
        if (all->items[i].cert)
            PEM_write_bio_X509(pem, all->items[i].cert);
    tacit_verify_options o = {.size = sizeof o,
                              .chain = pem_span(pem),
                              .trust = setup.files.trust,
                              .name = name,
                              .purpose = for_clients ? TACIT_PURPOSE_CLIENT : TACIT_PURPOSE_SERVER};
    anchor[0] = 0;
    if (!tacit_verify(setup.env, &found, &o, &error))
        failure_tls(verdict, &error);
    for (size_t i = 0; found && tacit_verdict_cert(found, i, &info); i++)
        snprintf(anchor, 256, "%s", info.subject);
    if (found)
        paths_take(paths, tacit_verdict_report(found), verdict);
    tacit_verdict_free(found);
    BIO_free(pem);
}

/* ---- authors --------------------------------------------------------------------------------- */

tacit_trust *judge_given(void)
{
    return given_by_hand ? setup.files.trust : NULL;
}

tacit_trust *judge_found(const struct inspection *all)
{
    tacit_error error = {0};
    tacit_trust *trust = tacit_trust_new(setup.env, &error);
    for (size_t i = 0; trust && i < all->n; i++) {
        const struct item *item = &all->items[i];
        BIO *pem = item->cert && !item->doubt.status ? BIO_new(BIO_s_mem()) : NULL;
        if (pem && PEM_write_bio_X509(pem, item->cert))
            tacit_trust_add_pem(trust, pem_span(pem), NULL);
        BIO_free(pem);
    }
    return trust;
}
