/* deframe.c: where a record ends, whether it may be here, and the change_cipher_spec rule (RFC 9846
 * 5, 5.1, 5.2).
 *
 * Invariant: the length in a header is refused before a byte of the body is waited for. The version
 * in a header is ignored (RFC 9846 5.1), except that the very first bytes of a connection must look
 * like TLS at all, and that a sealed record of TLS 1.2 says so. */
#include "record/record.h"

static bool is_sealed(const struct rec_in *in, uint8_t type);
static bool header_ok(struct rec_in *in, const uint8_t *p, size_t n, struct err *err);
static size_t body_max(const struct rec_in *in, uint8_t type);
static bool looks_like_tls(const uint8_t *p, size_t n);
static uint32_t first_bytes(const uint8_t *p, size_t n);
static enum rec_status change_cipher_spec(struct rec_in *in, const uint8_t *body, size_t n,
                                          struct err *err);
static enum rec_status clear_record(struct rec_in *in, struct rec *rec, uint8_t *body, size_t n,
                                    struct err *err);
static enum rec_status protected_record(struct rec_in *in, struct rec *rec, uint8_t *p, size_t n,
                                        struct err *err);

enum rec_status rec_next(struct rec_in *in, struct rec *rec, size_t *used, size_t *need, uint8_t *p,
                         size_t n, struct err *err)
{
    if (!header_ok(in, p, n, err))
        return REC_FAILED;
    if (n < REC_HEADER) {
        *need = REC_HEADER;
        return REC_MORE;
    }
    size_t body = (size_t)p[3] << 8 | p[4];
    if (n < REC_HEADER + body) {
        *need = REC_HEADER + body;
        return REC_MORE;
    }
    in->begun = true;
    *used = REC_HEADER + body;
    rec->type = p[0];
    rec->was_protected = false;
    if (is_sealed(in, p[0]))
        return protected_record(in, rec, p, body, err);
    if (rec->type == CT_CHANGE_CIPHER_SPEC && !in->tls12)
        return change_cipher_spec(in, p + REC_HEADER, body, err);
    return clear_record(in, rec, p + REC_HEADER, body, err);
}

/* TLS 1.3 seals everything as application data; TLS 1.2 seals everything once there are keys. */
static bool is_sealed(const struct rec_in *in, uint8_t type)
{
    return in->dir.way != WAY_CLEAR && (in->tls12 || type == CT_APPLICATION_DATA);
}

static bool header_ok(struct rec_in *in, const uint8_t *p, size_t n, struct err *err)
{
    if (!in->begun && !looks_like_tls(p, n))
        return fail(err, NOT_TLS, first_bytes(p, n));
    if (n > 0 && (p[0] < CT_CHANGE_CIPHER_SPEC || p[0] > CT_APPLICATION_DATA))
        return fail(err, RECORD_TYPE, p[0]);
    if (n < REC_HEADER)
        return true;
    uint16_t version = (uint16_t)(p[1] << 8 | p[2]);
    if (in->tls12 && is_sealed(in, p[0]) && version != TLS12) /* RFC 5246 6.2.1 */
        return fail(err, RECORD_VERSION, version);
    size_t body = (size_t)p[3] << 8 | p[4];
    return body <= body_max(in, p[0]) || fail(err, RECORD_OVERFLOW, body);
}

/* RFC 9846 5.1, 5.2; RFC 5246 6.2.3 */
static size_t body_max(const struct rec_in *in, uint8_t type)
{
    /* Early data is protected, whether or not we have a key to read it with. */
    bool early = type == CT_APPLICATION_DATA && in->skip > 0;
    if (is_sealed(in, type) && in->tls12)
        return REC_CIPHER_MAX12;
    return is_sealed(in, type) || early ? REC_CIPHER_MAX : REC_PLAIN_MAX;
}

/* The first record of a peer is a handshake or an alert, and its version begins with 3; of whatever
 * else comes, one byte is enough to tell, so that a person who spoke HTTP to us is told at once. */
static bool looks_like_tls(const uint8_t *p, size_t n)
{
    return (n < 1 || (p[0] >= CT_CHANGE_CIPHER_SPEC && p[0] <= CT_APPLICATION_DATA))
           && (n < 2 || p[1] == 3);
}

/* As many as are there of the four that tell most protocols from each other; zeros behind them. */
static uint32_t first_bytes(const uint8_t *p, size_t n)
{
    uint32_t first = 0;
    for (size_t i = 0; i < 4; i++)
        first = first << 8 | (i < n ? p[i] : 0);
    return first;
}

static enum rec_status change_cipher_spec(struct rec_in *in, const uint8_t *body, size_t n,
                                          struct err *err)
{
    if (!in->ccs_allowed || n != 1 || body[0] != 1) /* RFC 9846 5 */
        fail(err, CHANGE_CIPHER_SPEC, n);
    else if (in->ccs_seen >= CCS_MAX)
        fail(err, CHANGE_CIPHER_SPEC_FLOOD, CCS_MAX);
    else {
        in->ccs_seen++;
        return REC_DROPPED;
    }
    return REC_FAILED;
}

static enum rec_status clear_record(struct rec_in *in, struct rec *rec, uint8_t *body, size_t n,
                                    struct err *err)
{
    rec->p = body;
    rec->n = n;
    /* Early data after a HelloRetryRequest: we have no key to tell it from garbage. RFC 9846
     * 4.3.10 */
    if (rec->type == CT_APPLICATION_DATA && in->skip > 0) {
        if (n >= in->skip)
            fail(err, EARLY_DATA_TOO_MUCH, EARLY_SKIP_MAX);
        else {
            in->skip -= (uint32_t)n;
            return REC_DROPPED;
        }
        return REC_FAILED;
    }
    if (rec->type == CT_APPLICATION_DATA)
        fail(err, DATA_IN_THE_CLEAR, n);
    else if (in->dir.way != WAY_CLEAR && !(rec->type == CT_ALERT && in->opened == 0))
        /* A peer that could not read our first protected flight says so in the clear; later,
         * nothing may be. */
        fail(err, CLEAR_AFTER_KEYS, rec->type);
    else if (n == 0)
        fail(err, EMPTY_RECORD, rec->type); /* RFC 9846 5.1, 5.4 */
    else
        return REC_OPENED;
    return REC_FAILED;
}

static enum rec_status protected_record(struct rec_in *in, struct rec *rec, uint8_t *p, size_t n,
                                        struct err *err)
{
    if (rec_open(in, rec, p, p + REC_HEADER, n, err))
        return REC_OPENED;
    if (!err->reason && in->skip > 0) { /* RFC 9846 4.3.10: trial decryption */
        if (n < in->skip) {
            in->skip -= (uint32_t)n;
            return REC_DROPPED;
        }
        fail(err, EARLY_DATA_TOO_MUCH, EARLY_SKIP_MAX);
    }
    fail(err, BAD_RECORD_MAC, n);
    return REC_FAILED;
}
