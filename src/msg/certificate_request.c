/* certificate_request.c: CertificateRequest (RFC 9846 4.4.2). */
#include "msg/msg.h"

bool certificate_request_parse(struct certificate_request *out, span body)
{
    rd in = rd_of(body);
    return rd_vec8(&in, 0, 255, &out->context)
           && rd_vec16(&in, 0, 65535, &out->extensions)
           && rd_end(&in);
}

void certificate_request_write(wr *w, const struct certificate_request *m)
{
    wr_vec(w, 1, m->context);
}
