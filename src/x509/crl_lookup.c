/* crl_lookup.c: does a number stand in a revocation list?
 *
 * A long list gets an index when it is loaded: for each entry the last four bytes of its number and
 * where it stands, in one word, sorted. That is eight bytes for an entry that takes about forty, so
 * that memory is bounded by the list's own. Invariant: the index only says where to look; it is the
 * entry that is compared, so that a list with and without one gives the same answers. */
#include "x509/crl.h"

enum { WALKED_MAX = 32 }; /* entries: below, an index costs more than it saves */

/* magnitude takes the sign off a number; empty for one below zero, which no certificate has. */
static span magnitude(span number)
{
    rd in = rd_of(number);
    if (number.n > 1 && number.p[0] == 0)
        rd_skip(&in, 1);
    else if (number.p[0] & 0x80)
        return (span){NULL, 0};
    return rd_rest(&in);
}

/* row_of puts the last bytes first: numbers that are counted up differ in them as random ones
 * do. */
static uint64_t row_of(span serial, size_t at)
{
    uint32_t tail = 0;
    for (size_t i = serial.n < 4 ? 0 : serial.n - 4; i < serial.n; i++)
        tail = tail << 8 | serial.p[i];
    return (uint64_t)tail << 32 | at;
}

static void sift(uint64_t *rows, size_t root, size_t n)
{
    uint64_t row = rows[root];
    for (size_t child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && rows[child + 1] > rows[child])
            child++;
        if (rows[child] <= row)
            break;
        rows[root] = rows[child];
    }
    rows[root] = row;
}

/* sort is a heap sort: no order of the entries makes it slow, and it takes no memory. */
static void sort(uint64_t *rows, size_t n)
{
    for (size_t i = n / 2; i-- > 0;)
        sift(rows, i, n);
    while (n > 1) {
        uint64_t last = rows[--n];
        rows[n] = rows[0];
        rows[0] = last;
        sift(rows, 0, n);
    }
}

bool crl_index(struct crl *crl, const struct hooks *hooks, struct err *err)
{
    size_t bytes = crl->n_entries * sizeof(uint64_t);
    span number;
    if (crl->n_entries <= WALKED_MAX || crl->entries.n > UINT32_MAX)
        return true;
    crl->rows = mem_alloc(hooks, bytes);
    if (!crl->rows)
        return fail(err, NO_MEMORY, bytes);
    for (rd in = rd_of(crl->entries), more; !rd_end(&in);) {
        size_t at = crl->entries.n - in.n;
        if (!crl_entry_next(&in, &number, &more))
            return fail(err, INTERNAL_FAULT, at);
        span serial = magnitude(number);
        if (serial.n)
            crl->rows[crl->n_rows++] = row_of(serial, at);
    }
    sort(crl->rows, crl->n_rows);
    return true;
}

void crl_index_free(struct crl *crl, const struct hooks *hooks)
{
    if (crl->rows)
        mem_free(hooks, crl->rows, crl->n_entries * sizeof(uint64_t));
    crl->rows = NULL;
}

static bool walk(const struct crl *crl, span serial)
{
    span number;
    for (rd in = rd_of(crl->entries), more; crl_entry_next(&in, &number, &more);)
        if (span_eq(magnitude(number), serial))
            return true;
    return false;
}

/* stands_at: is the entry that begins there the number's? */
static bool stands_at(const struct crl *crl, size_t at, span serial)
{
    rd in = rd_of(crl->entries), more;
    span number;
    return rd_skip(&in, at) && crl_entry_next(&in, &number, &more)
           && span_eq(magnitude(number), serial);
}

bool crl_lists(const struct crl *crl, span serial)
{
    uint64_t from = row_of(serial, 0);
    size_t low = 0, high = crl->n_rows;
    if (!crl->rows)
        return walk(crl, serial);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (crl->rows[middle] < from)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < crl->n_rows && crl->rows[low] >> 32 == from >> 32; low++)
        if (stands_at(crl, (uint32_t)crl->rows[low], serial))
            return true;
    return false;
}
