/* rfc8448.h: the traces of RFC 8448 as data. The text is its own script: each step says who does
 * what, and the bytes that go into it and come out of it. */
#ifndef SUPPORT_RFC8448_H
#define SUPPORT_RFC8448_H

#include "base/span.h"

enum { TRACE_FIELDS = 8, TRACE_STEPS = 96 };

struct trace_field {
    char name[24]; /* such as "private key" */
    size_t said;   /* its length, as announced: that of the bytes, once all are read */
    span bytes;
};

/* struct trace_step is one "{client} construct a Finished handshake message:" with what follows. */
struct trace_step {
    bool by_client;
    char title[64]; /* without the colon, and without a "(same as server)" */
    size_t n;
    struct trace_field fields[TRACE_FIELDS];
};

struct trace {
    size_t n;
    struct trace_step steps[TRACE_STEPS];
    uint8_t bytes[1 << 15]; /* of all fields */
    size_t used;
};

/* trace_read reads one section of the RFC, 3 to 7; free() it. What it does not understand fails the
 * running test. */
struct trace *trace_read(int section);

/* trace_find lends a field of a step; p NULL: it has none of that name. */
span trace_find(const struct trace_step *step, const char *name);

/* trace_bytes is trace_find for a field that must be there. */
span trace_bytes(const struct trace_step *step, const char *name);

#endif
