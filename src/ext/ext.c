/* ext.c: the table of extensions, and the rules that hold for all of them (RFC 9846 4.3).
 *
 * Invariant: every extension of every message goes through ext_scan, so that none can be read
 * twice, where it does not belong, or without having been asked for. The rows stand in the order in
 * which they are written. */
#include "ext/ext.h"

#include "ext/handlers.h"
#include "registry/registry.h"

/* clang-format off */
static const struct ext_def {
    struct ext_row row; /* id, name, the messages in which it is legal (RFC 9846 4.3) */
    struct { ext_writer *write; ext_reader *read; } client, server;
} exts[N_EXTS] = {
    [EXT_SERVER_NAME] = {
        {0, "server_name", IN_CH | IN_EE | IN_CR | IN_SH12},
        {client_write_name, client_read_name},
        {server_write_name, server_read_name},
    },
    [EXT_SUPPORTED_GROUPS] = {
        {10, "supported_groups", IN_CH | IN_EE},
        {client_write_groups, client_read_groups},
        {NULL, server_read_groups},
    },
    [EXT_SIGNATURE_ALGORITHMS] = {
        {13, "signature_algorithms", IN_CH | IN_CR},
        {client_write_schemes, client_read_schemes},
        {server_write_schemes, server_read_schemes},
    },
    [EXT_SIGNATURE_ALGORITHMS_CERT] = {
        {50, "signature_algorithms_cert", IN_CH | IN_CR},
        {client_write_cert_schemes, client_read_cert_schemes},
        {server_write_cert_schemes, server_read_cert_schemes},
    },
    [EXT_ALPN] = {
        {16, "application_layer_protocol_negotiation", IN_CH | IN_EE | IN_SH12},
        {client_write_alpn, client_read_alpn},
        {server_write_alpn, server_read_alpn},
    },
    [EXT_RECORD_SIZE_LIMIT] = {
        {28, "record_size_limit", IN_CH | IN_EE | IN_SH12},
        {client_write_limit, client_read_limit},
        {server_write_limit, server_read_limit},
    },
    [EXT_STATUS_REQUEST] = {
        {5, "status_request", IN_CH | IN_CR | IN_CT | IN_SH12},
        {client_write_status, client_read_status},
        {server_write_status, server_read_status},
    },
    [EXT_SUPPORTED_VERSIONS] = {
        {43, "supported_versions", IN_CH | IN_SH | IN_HRR},
        {client_write_versions, client_read_version},
        {server_write_version, server_read_versions},
    },
    [EXT_COOKIE] = {
        {44, "cookie", IN_CH | IN_HRR},
        {client_write_cookie, client_read_cookie},
        {server_write_cookie, server_read_cookie},
    },
    [EXT_PSK_KEY_EXCHANGE_MODES] = {
        {45, "psk_key_exchange_modes", IN_CH},
        {NULL, NULL},
        {NULL, server_read_psk_modes},
    },
    [EXT_CERTIFICATE_AUTHORITIES] = {
        {47, "certificate_authorities", IN_CH | IN_CR},
        {NULL, read_authorities},
        {server_write_authorities, read_authorities},
    },
    [EXT_EC_POINT_FORMATS] = {
        {11, "ec_point_formats", IN_CH | IN_SH12},
        {client_write_formats, read_formats},
        {server_write_formats, read_formats},
    },
    [EXT_EXTENDED_MASTER_SECRET] = {
        {23, "extended_master_secret", IN_CH | IN_SH12},
        {client_write_flag12, client_read_ems},
        {server_write_ems, server_read_ems},
    },
    [EXT_ENCRYPT_THEN_MAC] = {
        {22, "encrypt_then_mac", IN_CH | IN_SH12},
        {client_write_etm, client_read_etm},
        {server_write_etm, server_read_etm},
    },
    [EXT_RENEGOTIATION_INFO] = {
        {65281, "renegotiation_info", IN_CH | IN_SH12},
        {client_write_renegotiation, read_renegotiation},
        {server_write_renegotiation, read_renegotiation},
    },
    [EXT_KEY_SHARE] = {
        {51, "key_share", IN_CH | IN_SH | IN_HRR},
        {client_write_shares, client_read_share},
        {server_write_share, server_read_shares},
    },
    [EXT_EARLY_DATA] = {
        {42, "early_data", IN_CH | IN_EE | IN_NST},
        {NULL, read_early_data},
        {NULL, read_early_data},
    },
    [EXT_PRE_SHARED_KEY] = {
        {41, "pre_shared_key", IN_CH | IN_SH},
        {NULL, client_read_psk},
        {NULL, server_read_psk},
    },
};
/* clang-format on */

/* The messages that answer a hello: nothing in them may be unasked for. */
enum { ANSWERS = IN_SH | IN_HRR | IN_EE | IN_CT | IN_SH12 };

static int find(uint16_t id)
{
    for (int i = 0; i < N_EXTS; i++)
        if (exts[i].row.id == id)
            return i;
    return -1;
}

/* struct seen remembers ids that are not in the table, to find the second of a pair in linear time
 * however many there are; it is 8 KiB, and cleared only when the first such id comes. */
struct seen {
    bool begun;
    uint8_t bits[65536 / 8];
};

static bool first_time(struct seen *seen, uint16_t id)
{
    if (!seen->begun) {
        memset(seen->bits, 0, sizeof seen->bits);
        seen->begun = true;
    }
    uint8_t bit = (uint8_t)(1u << (id & 7));
    bool first = !(seen->bits[id >> 3] & bit);
    seen->bits[id >> 3] |= bit;
    return first;
}

static bool unknown(uint16_t id, enum where where, struct seen *seen, struct err *err)
{
    if (!first_time(seen, id))
        return fail(err, EXT_TWICE, id);
    if (where & ANSWERS)
        return fail(err, EXT_NOT_ASKED_FOR, id); /* RFC 9846 4.3: nobody can have asked for it */
    return true;
}

static bool known(const struct ext_def *def, uint32_t bit, span data, enum where where,
                  bool from_client, uint32_t asked, struct offers *o, struct answers *a,
                  struct err *err)
{
    uint32_t *present = where == IN_CH ? &o->present : &a->present;
    if (*present & bit)
        return fail(err, EXT_TWICE, def->row.id);
    *present |= bit;
    if (!(def->row.in & where))
        return fail(err, EXT_NOT_HERE, def->row.id);
    bool answer = where & ANSWERS;
    bool may_volunteer = where == IN_HRR && def->row.id == 44; /* the cookie; RFC 9846 4.3 */
    if (answer && !may_volunteer && !(asked & bit))
        return fail(err, EXT_NOT_ASKED_FOR, def->row.id);
    ext_reader *read = from_client ? def->server.read : def->client.read;
    return !read || read(data, where, o, a, err);
}

bool ext_scan(span block, enum where where, bool from_client, struct offers *o, struct answers *a,
              struct err *err)
{
    struct seen seen;
    seen.begun = false;
    uint32_t asked = o->present;
    if (where == IN_CH)
        o->present = 0;
    else
        a->present = 0;
    rd in = rd_of(block);
    while (!rd_end(&in)) {
        uint16_t id;
        span data;
        if (!ext_next(&in, &id, &data))
            return fail(err, EXT_BLOCK_MALFORMED, where);
        if (o->present & EXT_BIT(EXT_PRE_SHARED_KEY) && where == IN_CH)
            return fail(err, PSK_NOT_LAST, id); /* RFC 9846 4.3.11 */
        int i = find(id);
        if (i < 0 ? !unknown(id, where, &seen, err)
                  : !known(&exts[i], EXT_BIT(i), data, where, from_client, asked, o, a, err))
            return false;
    }
    return true;
}

static void write_grease(wr *w, uint16_t id, span data)
{
    wr_u16(w, id);
    wr_vec(w, 2, data);
}

void ext_write(wr *w, enum where where, bool by_client, struct offers *o, const struct answers *a)
{
    size_t block = wr_open(w, 2);
    bool hello = where == IN_CH;
    if (hello)
        o->present = 0;
    if (hello && o->grease.on)
        write_grease(w, o->grease.first, (span){0});
    for (size_t i = 0; i < N_EXTS; i++) {
        ext_writer *write = by_client ? exts[i].client.write : exts[i].server.write;
        if (!write || !(exts[i].row.in & where))
            continue;
        size_t begin = w->n;
        wr_u16(w, exts[i].row.id);
        size_t data = wr_open(w, 2);
        if (!write(w, where, o, a)) {
            w->n = begin;
            continue;
        }
        wr_close(w, data, 2);
        if (hello)
            o->present |= EXT_BIT(i);
    }
    if (hello && o->grease.on)
        write_grease(w, o->grease.last, (span){(const uint8_t[]){0}, 1});
    wr_close(w, block, 2);
}

bool ext_next(rd *block, uint16_t *id, span *data)
{
    return rd_u16(block, id) && rd_vec16(block, 0, 65535, data);
}

const struct ext_row *ext_row(size_t index)
{
    return index < N_EXTS ? &exts[index].row : NULL;
}

bool list_has(span list, uint16_t value)
{
    rd in = rd_of(list);
    uint16_t v;
    while (rd_u16(&in, &v))
        if (v == value)
            return true;
    return false;
}

bool list16(span data, size_t length_bytes, span *out)
{
    rd in = rd_of(data);
    return rd_vec(&in, length_bytes, 2, 65534, out) && out->n % 2 == 0 && rd_end(&in);
}
