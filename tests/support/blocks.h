/* blocks.h: blocks of extensions, and what ext_scan says of them. */
#ifndef SUPPORT_BLOCKS_H
#define SUPPORT_BLOCKS_H

#include "ext/ext.h"

/* A span of a string literal, without its zero: bytes are written "\x00\x01". */
#define BYTES(text) ((span){(const uint8_t *)(text), sizeof(text) - 1})

/* put_ext adds an extension to a block. */
void put_ext(wr *block, uint16_t id, span data);

/* struct scanned is what came of a scan; its spans live until the next one. */
struct scanned {
    bool ok;
    struct err err;
    struct offers offers;
    struct answers answers;
};

enum { ALL_ASKED = (1 << N_EXTS) - 1 };

/* scan reads the block of one message, from the end that sends it (a Certificate: the server), in
 * memory of exactly its size. `asked` are EXT_BITs. */
struct scanned scan(span block, enum where where, uint32_t asked);

/* scan_one is scan over one extension, with everything asked for. */
struct scanned scan_one(uint16_t id, span data, enum where where);

/* assert_read, assert_refused: it was read, or refused for this reason. */
#define assert_read(scanned) assert_scanned_at((scanned), R_NONE, __FILE__, __LINE__)
#define assert_refused(scanned, reason) assert_scanned_at((scanned), (reason), __FILE__, __LINE__)

void assert_scanned_at(struct scanned s, enum reason reason, const char *file, int line);

/* where_name is "CH" and so on. */
const char *where_name(enum where where);

#endif
