/* anatomy.h: where the fields of a handshake message lie. Written from the RFC's structs as text,
 * without our parsers, so that it can tell tests what to cut. */
#ifndef SUPPORT_ANATOMY_H
#define SUPPORT_ANATOMY_H

#include "base/span.h"

/* struct field is one field, or a vector with its length before it. Its name is the path to it,
 * such as "key_share.shares.group"; a second one of a name has "#2" after it. */
struct field {
    char name[72];
    size_t at;     /* of the field, or of the vector's length */
    size_t prefix; /* bytes of the vector's length; 0: no vector */
    size_t n;      /* bytes, without the length */
    int parent;    /* the vector that it lies in, or -1 */
};

enum { FIELDS_MAX = 160 };

struct anatomy {
    struct field fields[FIELDS_MAX];
    size_t n;
};

/* anatomy_of takes a whole message apart, and fails the running test if it does not fit the text.
 * Field 0 is the type, 1 the body ("message"), whose length is the header's. A HelloRetryRequest
 * is one by its random. */
void anatomy_of(struct anatomy *a, span raw);

/* anatomy_find is the index of the field of a name; failing the running test if there is none. */
size_t anatomy_find(const struct anatomy *a, const char *name);

/* anatomy_add writes `delta` onto the lengths of a vector and of all around it. */
void anatomy_add(const struct anatomy *a, size_t field, uint8_t *raw, long delta);

/* anatomy_ext_name is what the fields of an extension begin with, such as "key_share". */
const char *anatomy_ext_name(uint16_t id);

#endif
