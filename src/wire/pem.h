/* pem.h: the textual encoding of certificates and keys (RFC 7468).
 *
 *     struct pem pem = pem_of(text);
 *     struct pem_block block;
 *     while (pem_next(&pem, &block, &err))
 *         if (pem_is(&block, "CERTIFICATE"))
 *             ok = pem_decode(&block, out, &n, &err);
 *     if (err.reason) ... */
#ifndef WIRE_PEM_H
#define WIRE_PEM_H

#include "base/fail.h"
#include "base/span.h"

struct pem {
    span text;
    size_t at;
};

/* struct pem_block is what lies between a BEGIN and an END line. */
struct pem_block {
    span label;
    span body;     /* base64 and white space, not yet looked at */
    size_t offset; /* of the body in the text, for errors       */
};

/* pem_of begins at the start of a text; a byte order mark there is skipped. */
struct pem pem_of(span text);

/* pem_next finds the next block; text between blocks is ignored. False at the end of the text, and
 * with PEM_MALFORMED (detail: byte offset) for a block that does not end or that another one
 * interrupts. */
bool pem_next(struct pem *pem, struct pem_block *out, struct err *err);

bool pem_is(const struct pem_block *block, const char *label);

/* pem_decoded_max is the room that pem_decode may need. */
static inline size_t pem_decoded_max(const struct pem_block *block)
{
    return block->body.n / 4 * 3 + 3;
}

/* pem_decode writes the bytes that the body encodes, and their number. The base64 is strict, apart
 * from white space: no foreign characters, right padding, no stray bits (RFC 4648 3.5). Not for
 * secrets: its time depends on what it reads. */
bool pem_decode(const struct pem_block *block, uint8_t *out, size_t *n, struct err *err);

#endif
