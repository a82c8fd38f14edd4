/* certificate12.c: Certificate and CertificateRequest of TLS 1.2 (RFC 5246 7.4.2, 7.4.4). */
#include "msg/msg.h"

bool certificate12_parse(span *entries, span body)
{
    rd in = rd_of(body);
    return rd_vec24(&in, 0, 0xffffff, entries) && rd_end(&in);
}

bool certificate12_next(span *der, rd *entries)
{
    return rd_vec24(entries, 1, 0xffffff, der);
}

bool certificate_request12_parse(struct certificate_request12 *out, span body)
{
    rd in = rd_of(body), names;
    span name;
    if (!(rd_vec8(&in, 1, 255, &out->types)
          && rd_vec16(&in, 2, 65534, &out->schemes)
          && out->schemes.n % 2 == 0
          && rd_vec16(&in, 0, 65535, &out->authorities)
          && rd_end(&in)))
        return false;
    for (names = rd_of(out->authorities); !rd_end(&names);)
        if (!rd_vec16(&names, 1, 65535, &name))
            return false;
    return true;
}

void certificate_request12_write(wr *w, const struct certificate_request12 *m)
{
    wr_vec(w, 1, m->types);
    wr_vec(w, 2, m->schemes);
    wr_vec(w, 2, m->authorities);
}
