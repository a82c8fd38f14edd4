/* validators.h: one chain, judged by three validators: tacit's, libcrypto's and GnuTLS's. */
#ifndef INTEROP_VALIDATORS_H
#define INTEROP_VALIDATORS_H

#include "certs.h"

/* struct judged is a chain of a server (leaf first), what is trusted, and the name to be proven;
 * everything at TEST_NOW. */
struct judged {
    const struct test_cert *chain[4];
    size_t n;
    const struct test_cert *anchor;
    const char *host;
};

enum validator { TACIT, LIBCRYPTO, GNUTLS, VALIDATORS };

/* validator_names: for messages. */
extern const char *const validator_names[VALIDATORS];

/* validate asks one of them whether the chain is to be believed. `why` (of 160 bytes) says what it
 * finds wrong. Each does what its documentation tells a careful client of TLS to do: purpose, name,
 * and no hash or key that is known to be weak. */
bool validate(enum validator validator, const struct judged *judged, char why[160]);

#endif
