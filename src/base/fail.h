/* fail.h: the one way to say that something went wrong.
 *
 * `return fail(err, SUITE_NOT_OFFERED, suite);` records the reason, where it was found and a
 * detail, and is false. The first failure wins: what follows from it is not recorded. The alert,
 * the rule and the sentence hang off the reason, in reasons.def; no call site chooses an alert. */
#ifndef BASE_FAIL_H
#define BASE_FAIL_H

#include <tacit/error.h>

enum code {
    CODE_OK = 0,
#define CODE(name, text, status, advice) CODE_##name,
#include "base/codes.def"
#undef CODE
    N_CODES
};

enum reason {
    R_NONE = 0,
#define REASON(name, code, origin, alert, rule, sentence) R_##name,
#include "base/reasons.def"
#undef REASON
    N_REASONS
};

/* struct err is an error sink: embed one where errors end up, zeroed; hand a pointer down. */
struct err {
    uint16_t reason; /* enum reason                                        */
    uint8_t alert;   /* received, for the PEER_ALERT reasons; else unused  */
    int32_t depth;   /* of the certificate meant, or -1                    */
    uint32_t detail;
    uint32_t line;
    const char *file;
    const char *state;
};

/* fail records a reason by its name and is false; the first one wins. `err` may be NULL. */
#define fail(err, NAME, detail) fail_at((err), R_##NAME, (uint32_t)(detail), __FILE__, __LINE__)

/* fail_record is what the others end in. They are inline so that compilers and analysers see that
 * the path after a failure is the false one. */
void fail_record(struct err *err, enum reason reason, uint32_t detail, int32_t depth,
                 const char *file, uint32_t line);

static inline bool fail_at(struct err *err, enum reason reason, uint32_t detail, const char *file,
                           uint32_t line)
{
    fail_record(err, reason, detail, -1, file, line);
    return false;
}

/* fail_again records what was found on the way into another sink. */
static inline bool fail_again(struct err *err, const struct err *found)
{
    fail_record(err, (enum reason)found->reason, found->detail, -1, found->file, found->line);
    return false;
}

/* fail_depth is fail for a certificate. */
#define fail_depth(err, NAME, detail, depth)                                                       \
    fail_depth_at((err), R_##NAME, (uint32_t)(detail), (depth), __FILE__, __LINE__)

static inline bool fail_depth_at(struct err *err, enum reason reason, uint32_t detail,
                                 int32_t depth, const char *file, uint32_t line)
{
    fail_record(err, reason, detail, depth, file, line);
    return false;
}

/* struct reason_row is what the tables say of a reason. */
struct reason_row {
    const char *name;
    uint8_t code, origin, alert;
    const char *rule, *sentence;
};

struct code_row {
    const char *text;
    int exit_status;
    const char *advice;
};

/* enum at_fault says which certificate of a path a row of advice is about. */
enum at_fault { FAULT_ANY, FAULT_LEAF, FAULT_ISSUER };

struct advice_row {
    uint16_t reason;
    uint8_t at_fault; /* enum at_fault */
    const char *advice;
};

const struct reason_row *reason_row(uint16_t reason);
const struct code_row *code_row(unsigned code);

/* advice_row lends a row of advice.def, NULL past the last. */
const struct advice_row *advice_row(size_t index);

/* advice_for is what to do about a reason, whose fault is that of the certificate at `depth` (-1:
 * none is meant): its own advice, else its code's. */
const char *advice_for(uint16_t reason, int32_t depth);

/* err_export turns an internal record into the public one (out may be NULL). Returns false, so that
 * constructors can end with it. */
bool err_export(const struct err *err, tacit_error *out);

/* err_export_missing is err_export for a call that was given NULL where an object belongs: what
 * `out` says already is why that was not made, and stays. err_missing is that of NO_OBJECT. */
bool err_export_missing(const struct err *err, tacit_error *out);
bool err_missing(tacit_error *out);

#endif
