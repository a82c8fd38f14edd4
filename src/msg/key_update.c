/* key_update.c: KeyUpdate (RFC 9846 4.7.3). */
#include "msg/msg.h"

bool key_update_parse(uint8_t *request, span body)
{
    rd in = rd_of(body);
    return rd_u8(&in, request) && rd_end(&in);
}

void key_update_write(wr *w, uint8_t request)
{
    wr_u8(w, request);
}
