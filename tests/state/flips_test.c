/* The last bit of every byte of every message, flipped (bug class 14): by the liar, who takes the
 * message to be so, and on the way, behind the backs of both ends. On the way no flip may end in a
 * connection but those that the rules name. */
#include "subject.h"

#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct anatomy anatomy; /* of the present subject */

/* ---- the rules ------------------------------------------------------------------------------- */

enum { EVERY = -1 };

/* The verdicts by shorter names, so that a rule is a line. */
enum {
    UNKNOWN = MESSAGE_UNKNOWN,
    TOO_LONG = MESSAGE_TOO_LONG,
    OVER_KEYS = MESSAGE_OVER_KEY_CHANGE,
    TOO_SOON = DATA_IN_THE_CLEAR, /* the next record, under keys, is taken into the message */
    MISSING = EXT_MISSING,
    NOT_HERE = EXT_NOT_HERE,
    UNASKED = EXT_NOT_ASKED_FOR,
    CHANGED = SECOND_HELLO_CHANGED,
    NO_SHARE = SHARES_BREAK_RULES,
    NO_ECHO = SESSION_ID_NOT_ECHOED,
    NO_COOKIE = COOKIE_NOT_ECHOED,
    NO_GROUP = GROUP_NOT_OFFERED,
    NO_SCHEME = NO_COMMON_SCHEME,
    UNFIT = SCHEME_DOES_NOT_FIT,
    KEYS = BAD_RECORD_MAC, /* the ends have derived different ones */
    TOLD = HEARS(illegal_parameter),
    NEEDED = PEER_ALERT_CERT_REQUIRED,
    SEALED = -1, /* no flip on the way reaches the handshake */
};

/* Each rule is a field (a pattern; with " length", the length of a vector), a byte of it, what
 * comes of a flip by the liar for the honest end, and what comes of one on the way for the first
 * end that notices. The first rule that fits holds. */
static const struct rule {
    enum subject_id subject;
    const char *field;
    int byte;
    int by_liar, on_the_way;
} rules[] = {
    /* clang-format off */
    {CH, "type",                         EVERY, TOO_LONG,           TOO_LONG}, /* a HelloRequest */
    {CH, "message length",               1,     WAITS,              WAITS},
    {CH, "message length",               2,     WAITS,              WAITS},
    {CH, "* length",                     EVERY, DECODE,             DECODE},
    {CH, "legacy_version",               EVERY, LEGACY_VERSION,     LEGACY_VERSION},
    {CH, "session_id",                   EVERY, TOLD,               NO_ECHO},
    {CH, "compressions",                 EVERY, COMPRESSION,        COMPRESSION},
    {CH, "server_name.names.type",       EVERY, DECODE,             DECODE},
    {CH, "supported_groups.id",          1,     DECODE,             DECODE}, /* point formats */
    {CH, "supported_groups.id",          EVERY, MISSING,            MISSING},
    {CH, "supported_groups.groups",      0,     NO_SHARE,           NO_SHARE},
    {CH, "supported_groups.groups",      1,     NO_SHARE,           NO_SHARE},
    {CH, "supported_groups.groups",      2,     NO_SHARE,           NO_SHARE},
    {CH, "supported_groups.groups",      3,     NO_SHARE,           NO_SHARE},
    {CH, "signature_algorithms.id",      EVERY, MISSING,            MISSING},
    {CH, "signature_algorithms.schemes", 4,     NO_SCHEME,          NO_SCHEME}, /* ed25519 */
    {CH, "signature_algorithms.schemes", 5,     NO_SCHEME,          NO_SCHEME},
    {CH, "signature_algorithms_cert.id", 1,     DECODE,             DECODE}, /* a key_share */
    {CH, "alpn.names.name",              EVERY, NO_COMMON_ALPN,     NO_COMMON_ALPN},
    {CH, "supported_versions.id",        EVERY, VERSION_NOT_SHARED, VERSION_NOT_SHARED},
    {CH, "supported_versions.versions",  2,     VERSION_NOT_SHARED, VERSION_NOT_SHARED},
    {CH, "supported_versions.versions",  3,     VERSION_NOT_SHARED, VERSION_NOT_SHARED},
    {CH, "key_share.id",                 0,     MISSING,            MISSING},
    {CH, "key_share.id",                 1,     EXT_TWICE,          EXT_TWICE},
    {CH, "key_share.shares.group*",      EVERY, NO_SHARE,           NO_SHARE},
    {CH, "key_share.shares.key#2",       EVERY, KEYS,               KEYS},
    {CH, "*",                            EVERY, OK,                 KEYS}, /* may be anything */

    {CH_AGAIN, "type",                         EVERY, TOO_LONG,       TOO_LONG},
    {CH_AGAIN, "message length",               2,     WAITS,          WAITS},
    {CH_AGAIN, "* length",                     EVERY, DECODE,         DECODE},
    {CH_AGAIN, "legacy_version",               EVERY, LEGACY_VERSION, LEGACY_VERSION},
    {CH_AGAIN, "compressions",                 EVERY, COMPRESSION,    COMPRESSION},
    {CH_AGAIN, "server_name.names.type",       EVERY, DECODE,         DECODE},
    {CH_AGAIN, "supported_groups.id",          1,     DECODE,         DECODE},
    {CH_AGAIN, "supported_groups.id",          EVERY, MISSING,        MISSING},
    {CH_AGAIN, "supported_groups.groups",      4,     NO_SHARE,       NO_SHARE},
    {CH_AGAIN, "supported_groups.groups",      5,     NO_SHARE,       NO_SHARE},
    {CH_AGAIN, "signature_algorithms.id",      EVERY, MISSING,        MISSING},
    {CH_AGAIN, "signature_algorithms_cert.id", 1,     DECODE,         DECODE},
    {CH_AGAIN, "supported_versions.id",        1,     DECODE,         DECODE}, /* psk_key_... */
    {CH_AGAIN, "cookie.id",                    1,     DECODE,         DECODE}, /* a psk_key_... */
    {CH_AGAIN, "cookie.cookie",                EVERY, NO_COOKIE,      NO_COOKIE},
    {CH_AGAIN, "key_share.id",                 0,     MISSING,        MISSING},
    {CH_AGAIN, "key_share.id",                 1,     EXT_TWICE,      EXT_TWICE},
    {CH_AGAIN, "key_share.shares.group",       EVERY, NO_SHARE,       NO_SHARE},
    {CH_AGAIN, "key_share.shares.key",         EVERY, BAD_KEY_SHARE,  BAD_KEY_SHARE},
    {CH_AGAIN, "*",                            EVERY, CHANGED,        CHANGED},

    {SH, "type",                       EVERY, UNKNOWN,             UNKNOWN},
    {SH, "message length",             1,     TOO_SOON,            TOO_SOON},
    {SH, "message length",             2,     TOO_SOON,            TOO_SOON},
    {SH, "* length",                   EVERY, DECODE,              DECODE},
    {SH, "legacy_version",             EVERY, LEGACY_VERSION,      LEGACY_VERSION},
    {SH, "random",                     EVERY, OK,                  KEYS},
    {SH, "session_id",                 EVERY, NO_ECHO,             NO_ECHO},
    {SH, "suite",                      EVERY, SUITE_NOT_OFFERED,   SUITE_NOT_OFFERED},
    {SH, "compression",                EVERY, COMPRESSION,         COMPRESSION},
    {SH, "supported_versions.id",      EVERY, VERSION_REFUSED,     VERSION_REFUSED},
    {SH, "supported_versions.version", EVERY, VERSION_NOT_OFFERED, VERSION_NOT_OFFERED},
    {SH, "key_share.id",               0,     UNASKED,             UNASKED},
    {SH, "key_share.id",               1,     NOT_HERE,            NOT_HERE},
    {SH, "key_share.group",            EVERY, NO_GROUP,            NO_GROUP},
    {SH, "key_share.key",              EVERY, KEYS,                KEYS},

    {HRR, "type",                       EVERY, UNKNOWN,             UNKNOWN},
    {HRR, "message length",             1,     WAITS,               WAITS},
    {HRR, "message length",             2,     WAITS,               WAITS},
    {HRR, "* length",                   EVERY, DECODE,              DECODE},
    {HRR, "legacy_version",             EVERY, LEGACY_VERSION,      LEGACY_VERSION},
    {HRR, "random",                     EVERY, NOT_HERE,            NOT_HERE}, /* the cookie */
    {HRR, "session_id",                 EVERY, NO_ECHO,             NO_ECHO},
    {HRR, "suite",                      EVERY, SUITE_NOT_OFFERED,   SUITE_NOT_OFFERED},
    {HRR, "compression",                EVERY, COMPRESSION,         COMPRESSION},
    {HRR, "supported_versions.id",      EVERY, VERSION_REFUSED,     VERSION_REFUSED},
    {HRR, "supported_versions.version", EVERY, VERSION_NOT_OFFERED, VERSION_NOT_OFFERED},
    {HRR, "cookie.id",                  0,     UNASKED,             UNASKED},
    {HRR, "cookie.id",                  1,     NOT_HERE,            NOT_HERE},
    {HRR, "cookie.cookie",              EVERY, TOLD,                NO_COOKIE},
    {HRR, "key_share.id",               0,     UNASKED,             UNASKED},
    {HRR, "key_share.id",               1,     NOT_HERE,            NOT_HERE},
    {HRR, "key_share.group",            EVERY, NO_GROUP,            NO_GROUP},

    {SH_AGAIN, "type",                       EVERY, UNKNOWN,             UNKNOWN},
    {SH_AGAIN, "message length",             1,     TOO_SOON,            TOO_SOON},
    {SH_AGAIN, "* length",                   EVERY, DECODE,              DECODE},
    {SH_AGAIN, "legacy_version",             EVERY, LEGACY_VERSION,      LEGACY_VERSION},
    {SH_AGAIN, "random",                     EVERY, OK,                  KEYS},
    {SH_AGAIN, "session_id",                 EVERY, NO_ECHO,             NO_ECHO},
    {SH_AGAIN, "suite",                      EVERY, SUITE_NOT_OFFERED,   SUITE_NOT_OFFERED},
    {SH_AGAIN, "compression",                EVERY, COMPRESSION,         COMPRESSION},
    {SH_AGAIN, "supported_versions.id",      0,     UNASKED,             UNASKED},
    {SH_AGAIN, "supported_versions.id",      1,     NOT_HERE,            NOT_HERE},
    {SH_AGAIN, "supported_versions.version", EVERY, VERSION_NOT_OFFERED, VERSION_NOT_OFFERED},
    {SH_AGAIN, "key_share.id",               0,     UNASKED,             UNASKED},
    {SH_AGAIN, "key_share.id",               1,     NOT_HERE,            NOT_HERE},
    {SH_AGAIN, "key_share.group",            EVERY, NO_GROUP,            NO_GROUP},
    {SH_AGAIN, "key_share.key",              EVERY, BAD_KEY_SHARE,       BAD_KEY_SHARE},

    {EE, "type",                    EVERY, UNKNOWN,          SEALED},
    {EE, "* length",                EVERY, DECODE,           SEALED},
    {EE, "*.id",                    EVERY, UNASKED,          SEALED},
    {EE, "alpn.names.name",         EVERY, ALPN_NOT_OFFERED, SEALED},
    {EE, "record_size_limit.limit", EVERY, OK,               SEALED},

    {EE_MUTUAL, "type",                    EVERY, UNKNOWN,          SEALED},
    {EE_MUTUAL, "* length",                EVERY, DECODE,           SEALED},
    {EE_MUTUAL, "*.id",                    EVERY, UNASKED,          SEALED},
    {EE_MUTUAL, "alpn.names.name",         EVERY, ALPN_NOT_OFFERED, SEALED},
    {EE_MUTUAL, "record_size_limit.limit", EVERY, OK,               SEALED},

    {CR, "type",                               EVERY, MESSAGE_UNEXPECTED, SEALED},
    {CR, "message length",                     0,     WAITS,    SEALED},
    {CR, "* length",                           EVERY, DECODE,   SEALED},
    {CR, "signature_algorithms.id",            EVERY, MISSING,  SEALED},
    {CR, "signature_algorithms.schemes",       4,     NEEDED,   SEALED}, /* ed25519 */
    {CR, "signature_algorithms.schemes",       5,     NEEDED,   SEALED},
    {CR, "signature_algorithms.schemes",       EVERY, OK,       SEALED},
    {CR, "signature_algorithms_cert.id",       0,     OK,       SEALED},
    {CR, "signature_algorithms_cert.id",       1,     NOT_HERE, SEALED}, /* a key_share */
    {CR, "signature_algorithms_cert.schemes",  EVERY, OK,       SEALED},
    {CR, "status_request.id",                  EVERY, OK,       SEALED},
    {CR, "certificate_authorities.id",         EVERY, OK,       SEALED},
    {CR, "certificate_authorities.names.name", EVERY, OK,       SEALED},

    {SERVER_CT, "type",               EVERY, UNKNOWN,  SEALED},
    {SERVER_CT, "message length",     0,     WAITS,    SEALED},
    {SERVER_CT, "message length",     1,     WAITS,    SEALED},
    {SERVER_CT, "* length",           EVERY, DECODE,   SEALED},
    {SERVER_CT, "certificates.der",   98,    UNFIT,    SEALED}, /* the OID of the key: none */
    {SERVER_CT, "certificates.der",   99,    UNFIT,    SEALED},
    {SERVER_CT, "certificates.der",   100,   UNFIT,    SEALED},
    {SERVER_CT, "certificates.der*",  EVERY, ANY_CERT, SEALED},

    {CLIENT_CT, "type",               EVERY, UNKNOWN,  SEALED},
    {CLIENT_CT, "message length",     0,     WAITS,    SEALED},
    {CLIENT_CT, "message length",     1,     WAITS,    SEALED},
    {CLIENT_CT, "* length",           EVERY, DECODE,   SEALED},
    {CLIENT_CT, "certificates.der",   98,    UNFIT,    SEALED}, /* the OID of the key: none */
    {CLIENT_CT, "certificates.der",   99,    UNFIT,    SEALED},
    {CLIENT_CT, "certificates.der",   100,   UNFIT,    SEALED},
    {CLIENT_CT, "certificates.der*",  EVERY, ANY_CERT, SEALED},

    {CLIENT_CT_EMPTY, "type",           EVERY, UNKNOWN, SEALED},
    {CLIENT_CT_EMPTY, "message length", 0,     WAITS,   SEALED},
    {CLIENT_CT_EMPTY, "message length", 1,     WAITS,   SEALED},
    {CLIENT_CT_EMPTY, "* length",       EVERY, DECODE,  SEALED},

    {SERVER_CV, "type",           EVERY, TOO_LONG,            SEALED}, /* a ServerHelloDone */
    {SERVER_CV, "message length", 1,     WAITS,               SEALED},
    {SERVER_CV, "* length",       EVERY, DECODE,              SEALED},
    {SERVER_CV, "scheme",         0,     SCHEME_NOT_OFFERED,  SEALED},
    {SERVER_CV, "scheme",         1,     UNFIT,               SEALED}, /* rsa_pss_rsae_sha512 */
    {SERVER_CV, "signature",      EVERY, BAD_SIGNATURE,       SEALED},

    {CLIENT_CV, "type",           EVERY, TOO_LONG,            SEALED},
    {CLIENT_CV, "message length", 1,     WAITS,               SEALED},
    {CLIENT_CV, "* length",       EVERY, DECODE,              SEALED},
    {CLIENT_CV, "scheme",         0,     SCHEME_NOT_OFFERED,  SEALED},
    {CLIENT_CV, "scheme",         1,     UNFIT,               SEALED},
    {CLIENT_CV, "signature",      EVERY, BAD_SIGNATURE,       SEALED},

    {SERVER_FIN, "type",           EVERY, UNKNOWN,      SEALED},
    {SERVER_FIN, "message length", 2,     WAITS,        SEALED},
    {SERVER_FIN, "message length", EVERY, DECODE,       SEALED},
    {SERVER_FIN, "verify_data",    EVERY, BAD_FINISHED, SEALED},

    {SERVER_FIN_MUTUAL, "type",           EVERY, UNKNOWN,      SEALED},
    {SERVER_FIN_MUTUAL, "message length", 2,     WAITS,        SEALED},
    {SERVER_FIN_MUTUAL, "message length", EVERY, DECODE,       SEALED},
    {SERVER_FIN_MUTUAL, "verify_data",    EVERY, BAD_FINISHED, SEALED},

    {CLIENT_FIN, "type",           EVERY, UNKNOWN,      SEALED},
    {CLIENT_FIN, "message length", 2,     WAITS,        SEALED},
    {CLIENT_FIN, "message length", EVERY, DECODE,       SEALED},
    {CLIENT_FIN, "verify_data",    EVERY, BAD_FINISHED, SEALED},

    {CLIENT_FIN_MUTUAL, "type",           EVERY, UNKNOWN,      SEALED},
    {CLIENT_FIN_MUTUAL, "message length", 2,     WAITS,        SEALED},
    {CLIENT_FIN_MUTUAL, "message length", EVERY, DECODE,       SEALED},
    {CLIENT_FIN_MUTUAL, "verify_data",    EVERY, BAD_FINISHED, SEALED},

    {NST, "type",           EVERY, DECODE,      SEALED}, /* an EndOfEarlyData, which is empty */
    {NST, "message length", 0,     INTERLEAVED, SEALED}, /* with the data that comes next */
    {NST, "message length", 1,     INTERLEAVED, SEALED},
    {NST, "* length",       EVERY, DECODE,      SEALED},
    {NST, "*",              EVERY, OK,          SEALED},

    {CLIENT_KU, "type",           EVERY, UNKNOWN, SEALED},
    {CLIENT_KU, "message length", EVERY, DECODE,  SEALED},
    {CLIENT_KU, "request",        EVERY, OK,      SEALED},

    {SERVER_KU, "type",           EVERY, UNKNOWN, SEALED},
    {SERVER_KU, "message length", EVERY, DECODE,  SEALED},
    {SERVER_KU, "request",        EVERY, OK,      SEALED},
    /* clang-format on */
};

enum { N_RULES = sizeof rules / sizeof rules[0] };

static bool used[N_RULES];

/* The innermost field that a byte lies in, with " length" if it lies in the length. */
static int name_byte(char name[96], size_t at)
{
    const struct field *in = &anatomy.fields[0]; /* the type, until another is found */
    for (size_t i = 0; i < anatomy.n; i++) {
        const struct field *f = &anatomy.fields[i];
        if (at >= f->at && at < f->at + f->prefix + f->n)
            in = f;
    }
    bool length = at < in->at + in->prefix;
    (void)snprintf(name, 96, "%s%s", in->name, length ? " length" : "");
    return (int)(at - in->at - (length ? 0 : in->prefix));
}

static const struct rule *rule_for(enum subject_id id, size_t at)
{
    char name[96];
    int byte = name_byte(name, at);
    for (size_t i = 0; i < N_RULES; i++) {
        const struct rule *r = &rules[i];
        if (r->subject == id && (r->byte == EVERY || r->byte == byte)
            && fnmatch(r->field, name, 0) == 0) {
            used[i] = true;
            return r;
        }
    }
    fail_msg("no rule for byte %d of %s in %s", byte, name, subjects[id].name);
    return NULL;
}

/* ---- by the liar ----------------------------------------------------------------------------- */

static void flip(void *user, struct draft *d)
{
    d->p[*(size_t *)user] ^= 1;
}

static void by_the_liar(void **state)
{
    (void)state;
    struct tally t = {0};
    for (enum subject_id id = 0; id < N_SUBJECTS13; id++) {
        size_t n = subject_raw(id, &anatomy).n;
        for (size_t at = 0; at < n; at++)
            tally(&t, rule_for(id, at)->by_liar, subject_try(id, flip, &at), "byte %zu of %s", at,
                  subjects[id].name);
    }
    assert_tally(t, 2721);
    for (size_t i = 0; i < N_RULES; i++)
        assert_true(used[i]); /* no rule says anything in vain */
}

/* ---- on the way ------------------------------------------------------------------------------ */

/* The messages that go in the clear: behind how many bytes of earlier records they lie, and what
 * comes of a flip in each byte of their record's header: type, version, length. The version may be
 * anything, but the first record of a peer must look like TLS. RFC 9846 5.1 */
static const struct clear {
    enum subject_id subject;
    size_t offset;
    int header[REC_HEADER];
} clears[] = {
    /* clang-format off */
    {CH,       0,           {TOO_SOON, NOT_TLS, OK, WAITS,       WAITS}},
    {CH_AGAIN, 5 + 252 + 6, {TOO_SOON, OK,      OK, RECORD_TYPE, WAITS}},
    {SH,       0,           {TOO_SOON, NOT_TLS, OK, OVER_KEYS,   OVER_KEYS}},
    {HRR,      0,           {TOO_SOON, NOT_TLS, OK, WAITS,       OVER_KEYS}},
    {SH_AGAIN, 5 + 110 + 6, {TOO_SOON, OK,      OK, OVER_KEYS,   RECORD_TYPE}},
    /* clang-format on */
};

/* What the other end says when one end has come to a verdict: it waits if nothing is said, and if
 * the keys differ it cannot read the alert either. */
static int echo(int verdict, bool to_hello)
{
    uint8_t alert = (uint8_t)verdict;
    if (verdict == OK || verdict == WAITS || verdict == BAD_RECORD_MAC)
        return verdict;
    if (alert == TACIT_NO_ALERT)
        return WAITS;
    bool no_common = alert == ALERT_handshake_failure || alert == ALERT_protocol_version
                     || alert == ALERT_no_application_protocol;
    return SAYS(to_hello && no_common ? R_PEER_ALERT_NO_COMMON : R_PEER_ALERT, alert);
}

static void try_on_the_way(struct tally *t, const struct clear *c, size_t at, int want)
{
    const struct subject *s = &subjects[c->subject];
    struct flipper f = {s->by_client, c->offset + at, 1, 0};
    liar_reset();
    struct pair p = scene_start(s->scene);
    p.tap = pair_flip;
    p.user = &f;
    pair_run(&p);
    int receiver = scene_verdict(&p, !s->by_client), sender = scene_verdict(&p, s->by_client);
    bool sender_notices = want == SESSION_ID_NOT_ECHOED && s->by_client;
    sender_notices |= want == COOKIE_NOT_ECHOED && !s->by_client;
    int first = sender_notices ? sender : receiver, other = sender_notices ? receiver : sender;
    tally(t, want, first, "byte %zu of %s on the way", at, s->name);
    tally(t, echo(first, s->by_client && !sender_notices), other, "byte %zu of %s, other end", at,
          s->name);
    scene_end(&p);
}

static void on_the_way(void **state)
{
    (void)state;
    struct tally t = {0};
    for (size_t i = 0; i < sizeof clears / sizeof clears[0]; i++) {
        const struct clear *c = &clears[i];
        size_t n = subject_raw(c->subject, &anatomy).n;
        for (size_t at = 0; at < REC_HEADER; at++)
            try_on_the_way(&t, c, at, c->header[at]);
        for (size_t at = 0; at < n; at++)
            try_on_the_way(&t, c, REC_HEADER + at, rule_for(c->subject, at)->on_the_way);
    }
    assert_tally(t, 2 * (5 * 5 + 252 + 302 + 122 + 110 + 155));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_the_liar),
        cmocka_unit_test(on_the_way),
    };
    return cmocka_run_group_tests(tests, scene_setup, scene_teardown);
}
