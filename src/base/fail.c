/* fail.c: recording a failure, and the tables behind it. */
#include "base/fail.h"

#include "base/alerts.h"

static const struct reason_row reasons[N_REASONS] = {
    {"NONE", CODE_OK, TACIT_ORIGIN_NONE, TACIT_NO_ALERT, "", "no error"},
#define REASON(name, code, origin, alert, rule, sentence)                                          \
    {#name, CODE_##code, TACIT_ORIGIN_##origin, ALERT_##alert, rule, sentence},
#include "base/reasons.def"
#undef REASON
};

static const struct code_row codes[N_CODES] = {
    {"ok", 0, "nothing to do"},
#define CODE(name, text, status, advice) {text, status, advice},
#include "base/codes.def"
#undef CODE
};

static const struct advice_row advices[] = {
#define ADVICE(reason, certificate, advice) {R_##reason, FAULT_##certificate, advice},
#include "base/advice.def"
#undef ADVICE
};

const struct advice_row *advice_row(size_t index)
{
    return index < sizeof advices / sizeof advices[0] ? &advices[index] : NULL;
}

const char *advice_for(uint16_t reason, int32_t depth)
{
    uint8_t meant = depth < 0 ? FAULT_ANY : depth == 0 ? FAULT_LEAF : FAULT_ISSUER;
    const struct advice_row *row;
    for (size_t i = 0; (row = advice_row(i)) != NULL; i++)
        if (row->reason == reason && (row->at_fault == FAULT_ANY || row->at_fault == meant))
            return row->advice;
    return code_row(reason_row(reason)->code)->advice;
}

const struct reason_row *reason_row(uint16_t reason)
{
    return reason < N_REASONS ? &reasons[reason] : &reasons[R_NONE];
}

const struct code_row *code_row(unsigned code)
{
    return code < N_CODES ? &codes[code] : &codes[CODE_OK];
}

void fail_record(struct err *err, enum reason reason, uint32_t detail, int32_t depth,
                 const char *file, uint32_t line)
{
    if (!err || err->reason)
        return;
    err->reason = (uint16_t)reason;
    err->alert = TACIT_NO_ALERT;
    err->depth = depth;
    err->detail = detail;
    err->file = file;
    err->line = line;
}

bool err_export(const struct err *err, tacit_error *out)
{
    if (!out)
        return false;
    const struct reason_row *row = reason_row(err->reason);
    *out = (tacit_error){
        .reason = err->reason,
        .origin = row->origin,
        .alert = row->origin == TACIT_ORIGIN_PEER_ALERT ? err->alert : row->alert,
        .detail = err->detail,
        .depth = err->reason ? err->depth : -1,
        .code = codes[row->code].text,
        .name = row->name,
        .rule = row->rule,
        .state = err->state,
        .file = err->file,
        .line = err->line,
    };
    return false;
}

bool err_export_missing(const struct err *err, tacit_error *out)
{
    return out && out->reason ? false : err_export(err, out);
}

bool err_missing(tacit_error *out)
{
    struct err err = {0};
    fail(&err, NO_OBJECT, 0);
    return err_export_missing(&err, out);
}
