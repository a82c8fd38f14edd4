/* server_hello.c: ServerHello and HelloRetryRequest, which share their form (RFC 9846 4.2.3,
 * 4.2.4). */
#include "msg/msg.h"

const uint8_t hello_retry_random[32] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

bool server_hello_parse(struct server_hello *out, span body)
{
    rd in = rd_of(body);
    *out = (struct server_hello){0};
    if (!(rd_u16(&in, &out->legacy_version)
          && rd_take(&in, 32, &out->random)
          && rd_vec8(&in, 0, 32, &out->session_id)
          && rd_u16(&in, &out->suite)
          && rd_u8(&in, &out->compression)))
        return false;
    /* A TLS 1.2 server may leave the block out (RFC 5246 7.4.1.3). */
    return rd_end(&in) || (rd_vec16(&in, 0, 65535, &out->extensions) && rd_end(&in));
}

void server_hello_write(wr *w, const struct server_hello *m)
{
    wr_u16(w, m->legacy_version);
    wr_span_bytes(w, m->random);
    wr_vec(w, 1, m->session_id);
    wr_u16(w, m->suite);
    wr_u8(w, m->compression);
}

bool server_hello_is_retry(const struct server_hello *m)
{
    return span_eq(m->random, (span){hello_retry_random, sizeof hello_retry_random});
}
