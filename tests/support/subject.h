/* subject.h: every message that an end ever sends, as something to lie about. */
#ifndef SUPPORT_SUBJECT_H
#define SUPPORT_SUBJECT_H

#include "anatomy.h"
#include "scene.h"

/* struct subject is message number `index` of an end of a scene; `after` sends it, if it comes
 * after the handshake. */
struct subject {
    const char *name;
    enum scene scene;
    bool by_client;
    size_t index;
    void (*after)(struct pair *p);
};

/* The subjects, by the RFC's abbreviations (RFC 9846 4.3); those of TLS 1.2 are the second half. */
enum subject_id {
    CH,
    CH_AGAIN,
    SH,
    HRR,
    SH_AGAIN,
    EE,
    EE_MUTUAL, /* a CertificateRequest follows, not a Certificate */
    CR,
    SERVER_CT,
    SERVER_CV,
    SERVER_FIN,
    SERVER_FIN_MUTUAL, /* the client still has to answer */
    CLIENT_CT,
    CLIENT_CT_EMPTY,
    CLIENT_CV,
    CLIENT_FIN,
    CLIENT_FIN_MUTUAL,
    NST,
    CLIENT_KU,
    SERVER_KU,
    N_SUBJECTS13,
    CH12 = N_SUBJECTS13,
    SH12,
    SERVER_CT12,
    SKE12,
    SHD12,
    CKE12,
    CR12,
    CLIENT_CT12,
    CLIENT_CT12_EMPTY,
    CLIENT_CV12,
    RSA_CKE12, /* by RSA transport */
    CLIENT_FIN12,
    SERVER_FIN12,
    N_SUBJECTS
};

extern const struct subject subjects[N_SUBJECTS];

/* subject_raw lends the message as an honest end sends it, until the next handshake, and takes it
 * apart. */
span subject_raw(enum subject_id id, struct anatomy *a);

/* subject_lie has the liar edit that message in the handshakes to come; `e` must outlive them. */
struct editor {
    size_t at, now;
    void (*edit)(void *user, struct draft *d);
    void *user;
};
void subject_lie(enum subject_id id, struct editor *e);

/* subject_try plays the scene with the message edited, and is the verdict of who receives it. */
int subject_try(enum subject_id id, void (*edit)(void *user, struct draft *d), void *user);

/* ---- what edits are made of ------------------------------------------------------------------ */

/* draft_set gives a field other contents; all lengths follow. */
void draft_set(struct draft *d, const char *field, span contents);

/* draft_set_hex is draft_set with bytes written as text. */
void draft_set_hex(struct draft *d, const char *field, const char *hex);

/* draft_add_ext puts an extension at the end of the message's block, draft_drop_ext takes one
 * out. */
void draft_add_ext(struct draft *d, uint16_t id, span data);
void draft_drop_ext(struct draft *d, const char *name);

#endif
