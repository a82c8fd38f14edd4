/* pem_keys.h: private keys for tests, made by libcrypto (another implementation than our loader)
 * while the test runs. */
#ifndef SUPPORT_PEM_KEYS_H
#define SUPPORT_PEM_KEYS_H

enum made_key {
    MADE_P256,
    MADE_P384,
    MADE_P521,
    MADE_ED25519,
    MADE_RSA,        /* 2048 bits */
    MADE_PSS,        /* RSASSA-PSS without parameters */
    MADE_PSS_SHA256, /* RSASSA-PSS for SHA-256 and salts of 32 bytes or more */
    MADE_X25519,     /* no signature key */
    MADE_SECP256K1,  /* a curve that tacit does not know */
    MADE_RSA_1024,
    MADE_EXPLICIT,   /* P-256 with explicit parameters */
    MADE_COMPRESSED, /* P-256 whose file has its point compressed */
    MADE_KEYS
};

enum made_form { FORM_PKCS8, FORM_TRADITIONAL };

/* pem_key writes key number `made` as PEM text; each is generated once for each program, so that
 * forms can be compared. cipher NULL: not encrypted. free() the text. */
char *pem_key(enum made_key made, enum made_form form, const char *cipher, const char *password);

#endif
