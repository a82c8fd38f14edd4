/* certificate.c: Certificate (RFC 9846 4.5.1). Its entries are walked, not collected: how many
 * there may be is for the caller to say. */
#include "msg/msg.h"

enum { LIST_BYTES = 3 };

bool certificate_parse(struct certificate *out, span body)
{
    rd in = rd_of(body);
    return rd_vec8(&in, 0, 255, &out->context) && rd_vec24(&in, 0, 0xffffff, &out->entries)
           && rd_end(&in);
}

bool certificate_next(struct certificate_entry *out, rd *entries)
{
    return rd_vec24(entries, 1, 0xffffff, &out->der)
           && rd_vec16(entries, 0, 65535, &out->extensions);
}

size_t certificate_open(wr *w, span context)
{
    wr_vec(w, 1, context);
    return wr_open(w, LIST_BYTES);
}

void certificate_entry_write(wr *w, span der)
{
    wr_vec(w, 3, der);
}

void certificate_close(wr *w, size_t mark)
{
    wr_close(w, mark, LIST_BYTES);
}
