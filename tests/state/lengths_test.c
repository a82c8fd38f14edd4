/* Lengths (RFC 9846 3.4, 4; bug classes 46, 66): every message cut short at every byte, and every
 * length in it made wrong. The message's own length always fits, unless it is what is wrong. The
 * names of the fields are those of support/anatomy.c. */
#include "subject.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct anatomy anatomy; /* of the present subject */

/* ---- the lengths inside ---------------------------------------------------------------------- */

enum change {
    MORE,    /* the length says one more than there is */
    LESS,    /* one less */
    EMPTIED, /* nothing is there, and all lengths agree */
    GROWN,   /* one zero byte more is there at the end, and all lengths agree */
    N_CHANGES
};

/* The verdicts by shorter names, so that a row is a line. */
enum {
    BODY = MESSAGE_MALFORMED,
    BLOCK = EXT_BLOCK_MALFORMED,
    EXT = EXT_MALFORMED,
    MISSING = EXT_MISSING,
    OLD = VERSION_NOT_SHARED,
    REFUSED = VERSION_REFUSED,
    CHANGED = SECOND_HELLO_CHANGED,
    COOKIE = COOKIE_NOT_ECHOED,
    SHARE = SHARE_NOT_AS_ASKED,
    NO_ECHO = SESSION_ID_NOT_ECHOED,
    NO_ALPN = NO_COMMON_ALPN,
    ALPN = ALPN_NOT_OFFERED,
    CONTEXT = CERTIFICATE_CONTEXT,
    CR_CONTEXT = REQUEST_CONTEXT,
    NO_CERT = CLIENT_CERT_MISSING,
    EMPTY = SERVER_CERT_EMPTY,
    TOO_LONG = MESSAGE_TOO_LONG,
    TOO_SOON = DATA_IN_THE_CLEAR,    /* the next record, under keys, is taken into the message */
    TOLD = HEARS(illegal_parameter), /* it is the liar that objects */
    NONE = -1,                       /* nothing to take away */
};

static const struct length {
    enum subject_id subject;
    const char *field;
    int verdicts[N_CHANGES];
} lengths[] = {
    /* clang-format off */
    /*  field: more, less, emptied, grown. A certificate less its last byte makes a length of that
     *  byte. */
    {CH, "message",                           {WAITS, BODY,  BODY, BODY}},
    {CH, "session_id",                        {BODY,  BODY,  TOLD, BODY}},
    {CH, "suites",                            {BODY,  BODY,  BODY, BODY}},
    {CH, "compressions",                      {BODY,  BODY,  BODY, COMPRESSION}},
    {CH, "extensions",                        {BODY,  BODY,  OLD,  BLOCK}},
    {CH, "grease",                            {BLOCK, NONE,  NONE, OK}},
    {CH, "server_name",                       {BLOCK, BLOCK, EXT,  EXT}},
    {CH, "server_name.names",                 {EXT,   EXT,   EXT,  EXT}},
    {CH, "server_name.names.name",            {EXT,   EXT,   EXT,  OK}},
    {CH, "supported_groups",                  {BLOCK, BLOCK, EXT,  EXT}},
    {CH, "supported_groups.groups",           {EXT,   EXT,   EXT,  EXT}},
    {CH, "signature_algorithms",              {BLOCK, BLOCK, EXT,  EXT}},
    {CH, "signature_algorithms.schemes",      {EXT,   EXT,   EXT,  EXT}},
    {CH, "signature_algorithms_cert",         {BLOCK, BLOCK, EXT,  EXT}},
    {CH, "signature_algorithms_cert.schemes", {EXT,   EXT,   EXT,  EXT}},
    {CH, "alpn",                              {BLOCK, BLOCK, EXT,  EXT}},
    {CH, "alpn.names",                        {EXT,   EXT,   EXT,  EXT}},
    {CH, "alpn.names.name",                   {EXT,   EXT,   EXT,  NO_ALPN}},
    {CH, "alpn.names.name#2",                 {EXT,   EXT,   EXT,  OK}},
    {CH, "record_size_limit",                 {BLOCK, BLOCK, EXT,  EXT}},
    {CH, "status_request",                    {BLOCK, BLOCK, EXT,  EXT}},
    {CH, "status_request.responders",         {EXT,   EXT,   NONE, EXT}},
    {CH, "status_request.extensions",         {EXT,   EXT,   NONE, OK}},
    {CH, "supported_versions",                {EXT,   EXT,   EXT,  EXT}},
    {CH, "supported_versions.versions",       {EXT,   EXT,   EXT,  EXT}},
    {CH, "key_share",                         {EXT,   EXT,   EXT,  EXT}},
    {CH, "key_share.shares",                  {EXT,   EXT,   TOLD, EXT}},
    {CH, "key_share.shares.key",              {EXT,   EXT,   EXT,  OK}},
    {CH, "key_share.shares.key#2",            {EXT,   EXT,   EXT,  BAD_KEY_SHARE}},
    {CH, "grease#2",                          {BLOCK, BLOCK, OK,   OK}},

    {CH_AGAIN, "message",                           {WAITS, BODY,  BODY,    BODY}},
    {CH_AGAIN, "session_id",                        {BODY,  BODY,  CHANGED, BODY}},
    {CH_AGAIN, "suites",                            {BODY,  BODY,  BODY,    BODY}},
    {CH_AGAIN, "compressions",                      {BODY,  BODY,  BODY,    COMPRESSION}},
    {CH_AGAIN, "extensions",                        {BODY,  BODY,  CHANGED, BLOCK}},
    {CH_AGAIN, "grease",                            {BLOCK, NONE,  NONE,    CHANGED}},
    {CH_AGAIN, "server_name",                       {EXT,   EXT,   EXT,     EXT}},
    {CH_AGAIN, "server_name.names",                 {EXT,   EXT,   EXT,     EXT}},
    {CH_AGAIN, "server_name.names.name",            {EXT,   EXT,   EXT,     CHANGED}},
    {CH_AGAIN, "supported_groups",                  {EXT,   EXT,   EXT,     EXT}},
    {CH_AGAIN, "supported_groups.groups",           {EXT,   EXT,   EXT,     EXT}},
    {CH_AGAIN, "signature_algorithms",              {EXT,   EXT,   EXT,     EXT}},
    {CH_AGAIN, "signature_algorithms.schemes",      {EXT,   EXT,   EXT,     EXT}},
    {CH_AGAIN, "signature_algorithms_cert",         {EXT,   EXT,   EXT,     EXT}},
    {CH_AGAIN, "signature_algorithms_cert.schemes", {EXT,   EXT,   EXT,     EXT}},
    {CH_AGAIN, "alpn",                              {EXT,   EXT,   EXT,     EXT}},
    {CH_AGAIN, "alpn.names",                        {EXT,   EXT,   EXT,     EXT}},
    {CH_AGAIN, "alpn.names.name",                   {EXT,   EXT,   EXT,     CHANGED}},
    {CH_AGAIN, "alpn.names.name#2",                 {EXT,   EXT,   EXT,     CHANGED}},
    {CH_AGAIN, "record_size_limit",                 {EXT,   EXT,   EXT,     EXT}},
    {CH_AGAIN, "status_request",                    {EXT,   EXT,   EXT,     EXT}},
    {CH_AGAIN, "status_request.responders",         {EXT,   EXT,   NONE,    EXT}},
    {CH_AGAIN, "status_request.extensions",         {EXT,   EXT,   NONE,    CHANGED}},
    {CH_AGAIN, "supported_versions",                {EXT,   EXT,   EXT,     EXT}},
    {CH_AGAIN, "supported_versions.versions",       {EXT,   EXT,   EXT,     EXT}},
    {CH_AGAIN, "cookie",                            {EXT,   EXT,   EXT,     EXT}},
    {CH_AGAIN, "cookie.cookie",                     {EXT,   EXT,   EXT,     COOKIE}},
    {CH_AGAIN, "key_share",                         {EXT,   EXT,   EXT,     EXT}},
    {CH_AGAIN, "key_share.shares",                  {EXT,   EXT,   SHARE,   EXT}},
    {CH_AGAIN, "key_share.shares.key",              {EXT,   EXT,   EXT,     BAD_KEY_SHARE}},
    {CH_AGAIN, "grease#2",                          {BLOCK, BLOCK, CHANGED, CHANGED}},

    {SH, "message",            {TOO_SOON, BODY, BODY,    BODY}},
    {SH, "session_id",         {BODY,     BODY, NO_ECHO, BODY}},
    {SH, "extensions",         {BODY,     BODY, REFUSED, BLOCK}},
    {SH, "supported_versions", {EXT,      EXT,  EXT,     EXT}},
    {SH, "key_share",          {BLOCK,    EXT,  EXT,     EXT}},
    {SH, "key_share.key",      {EXT,      EXT,  EXT,     BAD_KEY_SHARE}},

    {HRR, "message",            {WAITS, BODY, BODY,    BODY}},
    {HRR, "session_id",         {BODY,  BODY, NO_ECHO, BODY}},
    {HRR, "extensions",         {BODY,  BODY, REFUSED, BLOCK}},
    {HRR, "supported_versions", {EXT,   EXT,  EXT,     EXT}},
    {HRR, "cookie",             {EXT,   EXT,  EXT,     EXT}},
    {HRR, "cookie.cookie",      {EXT,   EXT,  EXT,     TOLD}},
    {HRR, "key_share",          {BLOCK, EXT,  EXT,     EXT}},

    {SH_AGAIN, "message",            {TOO_SOON, BODY, BODY,    BODY}},
    {SH_AGAIN, "session_id",         {BODY,     BODY, NO_ECHO, BODY}},
    {SH_AGAIN, "extensions",         {BODY,     BODY, MISSING, BLOCK}},
    {SH_AGAIN, "supported_versions", {EXT,      EXT,  EXT,     EXT}},
    {SH_AGAIN, "key_share",          {BLOCK,    EXT,  EXT,     EXT}},
    {SH_AGAIN, "key_share.key",      {EXT,      EXT,  EXT,     BAD_KEY_SHARE}},

    {EE, "message",           {BODY,  BODY, BODY, BODY}},
    {EE, "extensions",        {BODY,  BODY, OK,   BLOCK}},
    {EE, "server_name",       {EXT,   NONE, NONE, EXT}},
    {EE, "alpn",              {EXT,   EXT,  EXT,  EXT}},
    {EE, "alpn.names",        {EXT,   EXT,  EXT,  EXT}},
    {EE, "alpn.names.name",   {EXT,   EXT,  EXT,  ALPN}},
    {EE, "record_size_limit", {BLOCK, EXT,  EXT,  EXT}},

    {EE_MUTUAL, "message",           {BODY,  BODY, BODY, BODY}},
    {EE_MUTUAL, "extensions",        {BODY,  BODY, OK,   BLOCK}},
    {EE_MUTUAL, "server_name",       {EXT,   NONE, NONE, EXT}},
    {EE_MUTUAL, "alpn",              {EXT,   EXT,  EXT,  EXT}},
    {EE_MUTUAL, "alpn.names",        {EXT,   EXT,  EXT,  EXT}},
    {EE_MUTUAL, "alpn.names.name",   {EXT,   EXT,  EXT,  ALPN}},
    {EE_MUTUAL, "record_size_limit", {BLOCK, EXT,  EXT,  EXT}},

    {CR, "message",                            {BODY,  BODY, BODY,    BODY}},
    {CR, "context",                            {BODY,  NONE, NONE,    CR_CONTEXT}},
    {CR, "extensions",                         {BODY,  BODY, MISSING, BLOCK}},
    {CR, "signature_algorithms",               {EXT,   EXT,  EXT,     EXT}},
    {CR, "signature_algorithms.schemes",       {EXT,   EXT,  EXT,     EXT}},
    {CR, "signature_algorithms_cert",          {EXT,   EXT,  EXT,     EXT}},
    {CR, "signature_algorithms_cert.schemes",  {EXT,   EXT,  EXT,     EXT}},
    {CR, "status_request",                     {EXT,   NONE, NONE,    EXT}},
    {CR, "certificate_authorities",            {BLOCK, EXT,  EXT,     EXT}},
    {CR, "certificate_authorities.names",      {EXT,   EXT,  EXT,     EXT}},
    {CR, "certificate_authorities.names.name", {EXT,   EXT,  EXT,     OK}},

    {SERVER_CT, "message",                   {BODY,  BODY,   BODY,    BODY}},
    {SERVER_CT, "context",                   {BODY,  NONE,   NONE,    CONTEXT}},
    {SERVER_CT, "certificates",              {BODY,  BODY,   EMPTY,   BODY}},
    {SERVER_CT, "certificates.der",          {BODY,  DECODE, BODY,    ANY_CERT}},
    {SERVER_CT, "certificates.extensions",   {BLOCK, NONE,   NONE,    BLOCK}},
    {SERVER_CT, "certificates.der#2",        {BODY,  DECODE, BODY,    ANY_CERT}},
    {SERVER_CT, "certificates.extensions#2", {BODY,  NONE,   NONE,    BLOCK}},

    {SERVER_CV, "message",   {BODY, BODY, BODY,          BODY}},
    {SERVER_CV, "signature", {BODY, BODY, BAD_SIGNATURE, BAD_SIGNATURE}},

    {SERVER_FIN, "message", {WAITS, BODY, BODY, BODY}},

    {SERVER_FIN_MUTUAL, "message", {WAITS, BODY, BODY, BODY}},

    {CLIENT_CT, "message",                   {BODY,  BODY,   BODY,    BODY}},
    {CLIENT_CT, "context",                   {BODY,  NONE,   NONE,    CONTEXT}},
    {CLIENT_CT, "certificates",              {BODY,  BODY,   NO_CERT, BODY}},
    {CLIENT_CT, "certificates.der",          {BODY,  DECODE, BODY,    ANY_CERT}},
    {CLIENT_CT, "certificates.extensions",   {BLOCK, NONE,   NONE,    BLOCK}},
    {CLIENT_CT, "certificates.der#2",        {BODY,  DECODE, BODY,    ANY_CERT}},
    {CLIENT_CT, "certificates.extensions#2", {BODY,  NONE,   NONE,    BLOCK}},

    {CLIENT_CT_EMPTY, "message",      {BODY, BODY, BODY, BODY}},
    {CLIENT_CT_EMPTY, "context",      {BODY, NONE, NONE, CONTEXT}},
    {CLIENT_CT_EMPTY, "certificates", {BODY, NONE, NONE, BODY}},

    {CLIENT_CV, "message",   {BODY, BODY, BODY,          BODY}},
    {CLIENT_CV, "signature", {BODY, BODY, BAD_SIGNATURE, BAD_SIGNATURE}},

    {CLIENT_FIN, "message", {WAITS, BODY, BODY, BODY}},

    {CLIENT_FIN_MUTUAL, "message", {WAITS, BODY, BODY, BODY}},

    {NST, "message",    {INTERLEAVED, BODY, BODY, BODY}},
    {NST, "nonce",      {BODY,        BODY, OK,   OK}},
    {NST, "ticket",     {BODY,        BODY, BODY, OK}},
    {NST, "extensions", {BODY,        NONE, NONE, BLOCK}},

    {CLIENT_KU, "message", {TOO_LONG, BODY, BODY, TOO_LONG}},

    {SERVER_KU, "message", {TOO_LONG, BODY, BODY, TOO_LONG}},
    /* clang-format on */
};

enum { N_LENGTHS = sizeof lengths / sizeof lengths[0] };

struct lie {
    enum change change;
    size_t field;
};

static void change_length(void *user, struct draft *d)
{
    const struct lie *lie = user;
    const struct field *f = &anatomy.fields[lie->field];
    const size_t end = f->at + f->prefix + f->n;
    struct anatomy alone = anatomy;
    alone.fields[lie->field].parent = -1;
    switch (lie->change) {
    case MORE:
        anatomy_add(&alone, lie->field, d->p, 1);
        break;
    case LESS:
        anatomy_add(&alone, lie->field, d->p, -1);
        break;
    case EMPTIED:
        anatomy_add(&anatomy, lie->field, d->p, -(long)f->n);
        draft_remove(d, end - f->n, f->n);
        break;
    case GROWN:
        anatomy_add(&anatomy, lie->field, d->p, 1);
        draft_insert(d, end, (span){(const uint8_t[]){0}, 1});
        break;
    case N_CHANGES:
        break;
    }
}

/* The rows stand in the order of the fields, and none may be left out. */
static void every_length_wrong(void **state)
{
    (void)state;
    struct tally t = {0};
    const struct length *row = lengths;
    for (enum subject_id id = 0; id < N_SUBJECTS13; id++) {
        subject_raw(id, &anatomy);
        for (size_t field = 0; field < anatomy.n; field++) {
            if (!anatomy.fields[field].prefix)
                continue;
            assert_true(row < lengths + N_LENGTHS && row->subject == id);
            assert_string_equal(row->field, anatomy.fields[field].name);
            for (enum change change = 0; change < N_CHANGES; change++) {
                struct lie lie = {change, field};
                if (row->verdicts[change] == NONE)
                    continue;
                int verdict = subject_try(id, change_length, &lie);
                tally(&t, row->verdicts[change], verdict, "%s, %s, change %d", subjects[id].name,
                      row->field, change);
            }
            row++;
        }
    }
    assert_true(row == lengths + N_LENGTHS);
    assert_tally(t, 510);
}

/* ---- cut short ------------------------------------------------------------------------------- */

/* What is left after a cut cannot be read, but for these: a hello may end before its extensions, as
 * it did before TLS 1.2 had any. */
static const struct cut {
    enum subject_id subject;
    const char *before; /* this field */
    int verdict;
} cuts[] = {
    {CH, "extensions", VERSION_NOT_SHARED}, {CH_AGAIN, "extensions", SECOND_HELLO_CHANGED},
    {SH, "extensions", VERSION_REFUSED},    {HRR, "extensions", VERSION_REFUSED},
    {SH_AGAIN, "extensions", EXT_MISSING},
};

static int verdict_of_cut(enum subject_id id, size_t at)
{
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++)
        if (cuts[i].subject == id
            && anatomy.fields[anatomy_find(&anatomy, cuts[i].before)].at == at)
            return cuts[i].verdict;
    return MESSAGE_MALFORMED;
}

static void cut_at(void *user, struct draft *d)
{
    d->n = *(size_t *)user;
    draft_fit(d);
}

static void every_message_cut_short(void **state)
{
    (void)state;
    struct tally t = {0};
    for (enum subject_id id = 0; id < N_SUBJECTS13; id++) {
        size_t n = subject_raw(id, &anatomy).n;
        for (size_t at = MSG_HEADER; at < n; at++)
            tally(&t, verdict_of_cut(id, at), subject_try(id, cut_at, &at), "%s cut at %zu",
                  subjects[id].name, at);
    }
    assert_tally(t, 2641);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length_wrong),
        cmocka_unit_test(every_message_cut_short),
    };
    return cmocka_run_group_tests(tests, scene_setup, scene_teardown);
}
