/* certificate_status.c: CertificateStatus (RFC 6066 8): a message of TLS 1.2, and the contents of
 * an extension in Certificate of TLS 1.3 (RFC 9846 4.5.1.1). */
#include "msg/msg.h"

bool certificate_status_parse(span *response, span body)
{
    rd in = rd_of(body);
    uint8_t type;
    return rd_u8(&in, &type) && type == STATUS_OCSP && rd_vec24(&in, 0, 0xffffff, response)
           && rd_end(&in);
}

void certificate_status_write(wr *w, span response)
{
    wr_u8(w, STATUS_OCSP);
    wr_vec(w, 3, response);
}
