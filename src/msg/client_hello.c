/* client_hello.c: ClientHello (RFC 9846 4.2.2; RFC 5246 7.4.1.2 for one without extensions). */
#include "msg/msg.h"

bool client_hello_parse(struct client_hello *out, span body)
{
    rd in = rd_of(body);
    *out = (struct client_hello){0};
    if (!(rd_u16(&in, &out->legacy_version)
          && rd_take(&in, 32, &out->random)
          && rd_vec8(&in, 0, 32, &out->session_id)
          && rd_vec16(&in, 2, 65534, &out->suites)
          && out->suites.n % 2 == 0
          && rd_vec8(&in, 1, 255, &out->compressions)))
        return false;
    out->has_extensions = !rd_end(&in);
    return !out->has_extensions || (rd_vec16(&in, 0, 65535, &out->extensions) && rd_end(&in));
}

void client_hello_write(wr *w, const struct client_hello *m)
{
    wr_u16(w, m->legacy_version);
    wr_span_bytes(w, m->random);
    wr_vec(w, 1, m->session_id);
    wr_vec(w, 2, m->suites);
    wr_vec(w, 1, m->compressions);
}
