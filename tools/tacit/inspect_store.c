/* inspect_store.c: what a password locks: encrypted private keys and PKCS#12 stores.
 *
 * A file says itself how much work its password shall cost. Invariant: how much that is has been
 * looked at before the work begins, at every place where a file can ask for some. */
#include "inspect.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <string.h>

enum { ITERATIONS_MAX = 5000000 };

/* ---- the work that is asked for -------------------------------------------------------------- */

static bool bounded(const ASN1_INTEGER *iterations)
{
    int64_t n = 0;
    return iterations && ASN1_INTEGER_get_int64(&n, iterations) && n >= 0 && n <= ITERATIONS_MAX;
}

/* pbkdf2_bounded: RFC 8018 A.2. Other functions of PBES2 bound themselves. */
static bool pbkdf2_bounded(const X509_ALGOR *function)
{
    const ASN1_OBJECT *oid = NULL;
    X509_ALGOR_get0(&oid, NULL, NULL, function);
    if (OBJ_obj2nid(oid) != NID_id_pbkdf2)
        return true;
    PBKDF2PARAM *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), function->parameter);
    bool ok = p && bounded(p->iter);
    PBKDF2PARAM_free(p);
    return ok;
}

/* work_bounded: is what the algorithm asks for of a password little enough? */
static bool work_bounded(const X509_ALGOR *algorithm)
{
    const ASN1_OBJECT *oid = NULL;
    X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
    if (OBJ_obj2nid(oid) == NID_pbes2) {
        PBE2PARAM *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter);
        bool ok = p && pbkdf2_bounded(p->keyfunc);
        PBE2PARAM_free(p);
        return ok;
    }
    PBEPARAM *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), algorithm->parameter);
    bool ok = p && bounded(p->iter);
    PBEPARAM_free(p);
    return ok;
}

static bool key_bounded(const X509_SIG *locked)
{
    const X509_ALGOR *algorithm = NULL;
    X509_SIG_get0(locked, &algorithm, NULL);
    return work_bounded(algorithm);
}

/* ---- keys ------------------------------------------------------------------------------------ */

static int give_password(char *out, int cap, int writing, void *user)
{
    (void)writing;
    const struct inspection *all = user;
    int n = (int)strlen(all->password);
    if (!all->passwords || n > cap)
        return -1;
    memcpy(out, all->password, (size_t)n);
    return n;
}

static void add_locked(struct inspection *all, EVP_PKEY *key)
{
    if (!inspection_add_key(all, key, ITEM_KEY))
        inspection_add_unreadable(
            all, all->passwords ? "an encrypted private key that the password does not open"
                                : "an encrypted private key: --password-file opens it");
}

bool read_locked_key(struct inspection *all, const uint8_t *der, size_t n)
{
    const uint8_t *p = der;
    X509_SIG *locked = d2i_X509_SIG(NULL, &p, (long)n);
    const X509_ALGOR *algorithm = NULL;
    const ASN1_OBJECT *oid = NULL;
    if (locked && p == der + n) {
        X509_SIG_get0(locked, &algorithm, NULL);
        X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
    }
    bool is = oid && EVP_PBE_find(EVP_PBE_TYPE_OUTER, OBJ_obj2nid(oid), NULL, NULL, NULL);
    BIO *in = is && key_bounded(locked) ? BIO_new_mem_buf(der, (int)n) : NULL;
    if (in)
        add_locked(all, d2i_PKCS8PrivateKey_bio(in, NULL, give_password, all));
    else if (is)
        inspection_add_unreadable(all, "an encrypted private key that asks for absurdly much work");
    BIO_free(in);
    X509_SIG_free(locked);
    return is;
}

/* The way of old OpenSSL hashes the password once: there is no work to bound. */
void read_old_locked_key(struct inspection *all, BIO *pem)
{
    add_locked(all, PEM_read_bio_PrivateKey(pem, NULL, give_password, all));
}

/* ---- PKCS#12 (RFC 7292) ---------------------------------------------------------------------- */

static bool mac_bounded(const PKCS12 *store)
{
    const ASN1_INTEGER *iterations = NULL; /* absent: one */
    PKCS12_get0_mac(NULL, NULL, NULL, &iterations, store);
    return !iterations || bounded(iterations);
}

/* unlock finds the form of the password that the store's MAC is right with. */
static bool unlock(const struct inspection *all, PKCS12 *store, const char **password)
{
    *password = all->password;
    if (!PKCS12_mac_present(store) || PKCS12_verify_mac(store, *password, -1))
        return true;
    *password = NULL; /* two ways to write no password are in use */
    return !all->passwords && PKCS12_verify_mac(store, NULL, 0);
}

/* enum look is what a look at the work found. */
enum look { LOOK_FINE, LOOK_ABSURD, LOOK_UNREADABLE };

static enum look look_at_bags(const STACK_OF(PKCS12_SAFEBAG) * bags)
{
    for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); i++) {
        const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);
        int kind = PKCS12_SAFEBAG_get_nid(bag);
        if (kind == NID_safeContentsBag) /* bags within bags: nobody writes them */
            return LOOK_UNREADABLE;
        if (kind == NID_pkcs8ShroudedKeyBag && !key_bounded(PKCS12_SAFEBAG_get0_pkcs8(bag)))
            return LOOK_ABSURD;
    }
    return LOOK_FINE;
}

/* look_at_safe looks at one part of the store, which it opens if it is encrypted itself. */
static enum look look_at_safe(PKCS7 *safe, const char *password)
{
    STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
    if (PKCS7_type_is_data(safe)) {
        bags = PKCS12_unpack_p7data(safe);
    } else if (PKCS7_type_is_encrypted(safe)) {
        if (!work_bounded(safe->d.encrypted->enc_data->algorithm))
            return LOOK_ABSURD;
        bags = PKCS12_unpack_p7encdata(safe, password, -1);
    }
    enum look look = bags ? look_at_bags(bags) : LOOK_UNREADABLE;
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    return look;
}

static enum look look_at_store(PKCS12 *store, const char *password)
{
    STACK_OF(PKCS7) *safes = PKCS12_unpack_authsafes(store);
    enum look look = safes ? LOOK_FINE : LOOK_UNREADABLE;
    for (int i = 0; look == LOOK_FINE && i < sk_PKCS7_num(safes); i++)
        look = look_at_safe(sk_PKCS7_value(safes, i), password);
    sk_PKCS7_pop_free(safes, PKCS7_free);
    return look;
}

static void add_cert(struct inspection *all, const X509 *cert)
{
    uint8_t *bytes = NULL;
    int len = cert ? i2d_X509(cert, &bytes) : 0;
    if (len > 0)
        read_cert(all, bytes, (size_t)len);
    OPENSSL_free(bytes);
}

/* take_store takes out what is in a store whose password is right. */
static bool take_store(struct inspection *all, PKCS12 *store, const char *password)
{
    EVP_PKEY *key = NULL;
    X509 *cert = NULL;
    STACK_OF(X509) *others = NULL;
    if (!PKCS12_parse(store, password, &key, &cert, &others))
        return false;
    inspection_add_key(all, key, ITEM_KEY);
    add_cert(all, cert);
    for (int i = 0; i < sk_X509_num(others); i++)
        add_cert(all, sk_X509_value(others, i));
    X509_free(cert);
    sk_X509_pop_free(others, X509_free);
    return true;
}

static void open_store(struct inspection *all, PKCS12 *store)
{
    const char *password = NULL;
    enum look look = mac_bounded(store) ? LOOK_FINE : LOOK_ABSURD;
    if (look == LOOK_FINE && !unlock(all, store, &password)) {
        inspection_add_unreadable(
            all, all->passwords ? "a PKCS#12 store that the password does not open"
                                : "a PKCS#12 store with a password: --password-file opens it");
        return;
    }
    if (look == LOOK_FINE)
        look = look_at_store(store, password);
    if (look == LOOK_ABSURD)
        inspection_add_unreadable(all, "a PKCS#12 store that asks for absurdly much work");
    else if (look == LOOK_UNREADABLE || !take_store(all, store, password))
        inspection_add_unreadable(all, "a PKCS#12 store that cannot be opened: it is damaged, or "
                                       "locked in a way that is no longer taken (RC2)");
}

bool read_store(struct inspection *all, const uint8_t *der, size_t n)
{
    const uint8_t *p = der;
    PKCS12 *store = d2i_PKCS12(NULL, &p, (long)n);
    bool is = store && p == der + n;
    if (is)
        open_store(all, store);
    PKCS12_free(store);
    return is;
}
