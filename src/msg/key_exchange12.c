/* key_exchange12.c: ServerKeyExchange and ClientKeyExchange of TLS 1.2 (RFC 8422 5.4, 5.7; RFC 5246
 * 7.4.7.1). Curves go by their names only: explicit ones do not parse. */
#include "msg/msg.h"

enum { NAMED_CURVE = 3 };

bool server_key_exchange_parse(struct server_key_exchange *out, span body)
{
    rd in = rd_of(body);
    uint8_t type;
    if (!(rd_u8(&in, &type)
          && type == NAMED_CURVE
          && rd_u16(&in, &out->group)
          && rd_vec8(&in, 1, 255, &out->point)))
        return false;
    out->params = (span){body.p, body.n - in.n};
    return rd_u16(&in, &out->scheme)
           && rd_vec16(&in, 0, 65535, &out->signature)
           && rd_end(&in);
}

void server_key_exchange_params(wr *w, uint16_t group, span point)
{
    wr_u8(w, NAMED_CURVE);
    wr_u16(w, group);
    wr_vec(w, 1, point);
}

bool client_key_exchange_ecdhe(span *point, span body)
{
    rd in = rd_of(body);
    return rd_vec8(&in, 1, 255, point) && rd_end(&in);
}

bool client_key_exchange_rsa(span *encrypted, span body)
{
    rd in = rd_of(body);
    return rd_vec16(&in, 1, 65535, encrypted) && rd_end(&in);
}
