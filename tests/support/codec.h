/* codec.h: the codecs of src/msg under one roof: read a message and write it again. */
#ifndef SUPPORT_CODEC_H
#define SUPPORT_CODEC_H

#include "ext/ext.h"
#include "msg/msg.h"

/* codec_rewrite reads the body of a message and writes what it read. False: it cannot be read. A
 * type without a codec fails the running test. */
bool codec_rewrite(uint8_t type, span body, wr *w);

/* codec_check: the body comes back byte by byte; no shorter one can be read, nor one that goes on.
 * Apart from a hello that ends before its extensions. */
void codec_check(uint8_t type, span body);

/* codec_extensions lends the extensions of a message and says where they stand; those of a
 * Certificate belong to its entries, and a type without any has an empty block. */
enum where codec_extensions(uint8_t type, span body, span *block);

#endif
