/* certificate_verify.c: CertificateVerify, and the content that its signature covers (RFC 9846
 * 4.5.2). */
#include "msg/msg.h"

bool certificate_verify_parse(struct certificate_verify *out, span body)
{
    rd in = rd_of(body);
    return rd_u16(&in, &out->scheme)
           && rd_vec16(&in, 0, 65535, &out->signature)
           && rd_end(&in);
}

void certificate_verify_write(wr *w, const struct certificate_verify *m)
{
    wr_u16(w, m->scheme);
    wr_vec(w, 2, m->signature);
}

void certificate_verify_content(wr *w, bool by_client, span transcript)
{
    static const char client[] = "TLS 1.3, client CertificateVerify";
    static const char server[] = "TLS 1.3, server CertificateVerify";
    uint8_t *spaces = wr_room(w, 64);
    if (spaces)
        memset(spaces, 0x20, 64);
    wr_bytes(w, by_client ? client : server, sizeof client); /* with its zero, the separator */
    wr_span_bytes(w, transcript);
}
