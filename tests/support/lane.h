/* lane.h: one direction of protected records whose inside a test chooses byte by byte. */
#ifndef SUPPORT_LANE_H
#define SUPPORT_LANE_H

#include "record/record.h"

enum { LANE_MAX = REC_HEADER + (1 << 16) };

/* struct lane seals with the same keys that its rec_in opens with; `wire` holds the last record. */
struct lane {
    struct rec_dir seal;
    struct rec_in in;
    struct rec rec;
    struct err err;
    size_t used, need, n;
    uint8_t *wire;
};

/* lane_begin makes a lane; without a suite its records go in the clear. */
void lane_begin(struct lane *l, struct crypto *crypto, const struct suite *suite);
void lane_end(struct lane *l);

/* lane_seal puts a protected record around `inner`, as it is: content, type, padding or none of
 * these. */
void lane_seal(struct lane *l, span inner);

/* lane_content is lane_seal for a content of n bytes of 0x5a, a type, and zeros. */
void lane_content(struct lane *l, size_t n, uint8_t type, size_t padding);

/* lane_raw puts a record with this header type and body, sealed or not. */
void lane_raw(struct lane *l, uint8_t type, span body);

/* lane_next opens what was put; `rec`, `used`, `need` and a fresh `err` tell what came of it. */
enum rec_status lane_next(struct lane *l);

/* assert_refused: the record that was put fails for this reason. */
#define assert_refused(lane, reason) assert_refused_at((lane), (reason), __FILE__, __LINE__)

void assert_refused_at(struct lane *l, enum reason reason, const char *file, int line);

#endif
