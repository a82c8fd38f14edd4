/* pem.c: finding the blocks of a PEM text and decoding them (RFC 7468 3).
 *
 * BEGIN and END lines stand alone on a line; what surrounds the blocks is for people and is not
 * looked at. Invariant: every byte is visited a constant number of times, so that one line of a
 * megabyte costs no more than a thousand lines of a kilobyte. */
#include "wire/pem.h"

static const char begin_mark[] = "-----BEGIN ";
static const char end_mark[] = "-----END ";
static const char dashes[] = "-----";

struct pem pem_of(span text)
{
    static const uint8_t bom[] = {0xef, 0xbb, 0xbf};
    bool marked = text.n >= sizeof bom && memcmp(text.p, bom, sizeof bom) == 0;
    return (struct pem){text, marked ? sizeof bom : 0};
}

/* next_line lends the next line without its end and without trailing blanks; false at the end. */
static bool next_line(struct pem *pem, span *line)
{
    if (pem->at >= pem->text.n)
        return false;
    const uint8_t *start = pem->text.p + pem->at;
    size_t left = pem->text.n - pem->at;
    const uint8_t *newline = memchr(start, '\n', left);
    size_t n = newline ? (size_t)(newline - start) : left;
    pem->at += newline ? n + 1 : n;
    while (n && (start[n - 1] == '\r' || start[n - 1] == ' ' || start[n - 1] == '\t'))
        n--;
    *line = (span){start, n};
    return true;
}

/* is_mark: is the line a BEGIN or END line? Then its label is lent. */
static bool is_mark(span line, const char *mark, span *label)
{
    size_t head = strlen(mark), tail = strlen(dashes);
    if (line.n < head + tail || memcmp(line.p, mark, head) != 0
        || memcmp(line.p + line.n - tail, dashes, tail) != 0)
        return false;
    *label = (span){line.p + head, line.n - head - tail};
    return true;
}

static bool find_begin(struct pem *pem, span *label, struct err *err)
{
    span line, stray;
    while (next_line(pem, &line)) {
        if (is_mark(line, begin_mark, label))
            return true;
        if (is_mark(line, end_mark, &stray))
            return fail(err, PEM_MALFORMED, line.p - pem->text.p);
    }
    return false;
}

bool pem_next(struct pem *pem, struct pem_block *out, struct err *err)
{
    span label, line, other;
    if (!find_begin(pem, &label, err))
        return false;
    size_t begin = (size_t)(label.p - pem->text.p);
    size_t body = pem->at;
    while (next_line(pem, &line)) {
        size_t offset = (size_t)(line.p - pem->text.p);
        if (is_mark(line, begin_mark, &other))
            return fail(err, PEM_MALFORMED, offset);
        if (!is_mark(line, end_mark, &other))
            continue;
        if (!span_eq(label, other))
            return fail(err, PEM_MALFORMED, offset);
        *out = (struct pem_block){label, {pem->text.p + body, offset - body}, body};
        return true;
    }
    return fail(err, PEM_MALFORMED, begin);
}

bool pem_is(const struct pem_block *block, const char *label)
{
    return span_eq(block->label, span_str(label));
}

enum { SIX_BLANK = 64, SIX_PAD, SIX_BAD };

static uint8_t six_bits(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return (uint8_t)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (uint8_t)(c - 'a' + 26);
    if (c >= '0' && c <= '9')
        return (uint8_t)(c - '0' + 52);
    switch (c) {
    case '+':
        return 62;
    case '/':
        return 63;
    case '=':
        return SIX_PAD;
    case ' ':
    case '\t':
    case '\r':
    case '\n':
        return SIX_BLANK;
    default:
        return SIX_BAD;
    }
}

bool pem_decode(const struct pem_block *block, uint8_t *out, size_t *n, struct err *err)
{
    uint32_t bits = 0;
    unsigned count = 0, pads = 0;
    size_t written = 0, i = 0;
    for (; i < block->body.n; i++) {
        uint8_t six = six_bits(block->body.p[i]);
        if (six == SIX_BLANK)
            continue;
        bool pad = six == SIX_PAD;
        /* At most two pads, at the end of a quantum, and nothing after them. */
        if (six == SIX_BAD || (pad ? count % 4 < 2 : pads > 0))
            return fail(err, PEM_MALFORMED, block->offset + i);
        pads += pad;
        bits = bits << 6 | (pad ? 0u : six);
        if (++count % 4)
            continue;
        /* The bits that padding leaves over must be zero: one text for one value. */
        if ((pads == 1 && bits & 0xff) || (pads == 2 && bits & 0xffff))
            return fail(err, PEM_MALFORMED, block->offset + i);
        for (unsigned k = 0; k < 3 - pads; k++)
            out[written++] = (uint8_t)(bits >> (16 - 8 * k));
        bits = 0;
    }
    if (count % 4)
        return fail(err, PEM_MALFORMED, block->offset + i);
    *n = written;
    return true;
}
