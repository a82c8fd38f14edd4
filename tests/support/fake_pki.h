/* fake_pki.h: an authority, a server and a client for programs over the deterministic provider,
 * made through crypto.h alone. */
#ifndef SUPPORT_FAKE_PKI_H
#define SUPPORT_FAKE_PKI_H

#include <tacit/tacit.h>

/* struct fake_pki: whom to trust, "a.test" twice, with a key that signs and with one for RSA
 * transport, and a client. All valid from 2000 to 2049. */
struct fake_pki {
    tacit_trust *trust;
    tacit_identity *server, *transport, *client;
};

/* fake_pki_make makes it; false if something fails. fake_pki_free ends it, made or not. */
bool fake_pki_make(struct fake_pki *pki, tacit_env *env);
void fake_pki_free(struct fake_pki *pki);

#endif
