/* failure.c: one failure, three listeners: a person, a program, and the shell that gets the
 * status. */
#include "failure.h"

#include "lookup.h"
#include "out.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The labels are what a person sees first: they say what is wrong before the sentence says why. */
static const struct {
    const char *code, *label;
} labels[] = {
    {"usage", "usage"},
    {"file", "file"},
    {"net.dns", "no address"},
    {"net.refused", "unreachable"},
    {"net.timeout", "timeout"},
    {"tls.not-tls", "not TLS"},
    {"tls.no-common", "no common"},
    {"tls.peer-alert", "refused"},
    {"tls.truncated", "cut off"},
    {"tls.protocol", "protocol"},
    {"cert.untrusted", "untrusted"},
    {"cert.name-mismatch", "wrong name"},
    {"cert.expired", "expired"},
    {"cert.not-yet-valid", "too early"},
    {"cert.revoked", "revoked"},
    {"cert.status-unknown", "unchecked"},
    {"cert.pin-mismatch", "wrong key"},
    {"client-cert.required", "refused"},
    {"client-cert.rejected", "refused"},
    {"cert.invalid", "bad cert"},
    {"cert.expires-soon", "expiring"},
    {"tls.not-resumed", "not resumed"},
};

void failure_tls(struct failure *failure, const tacit_error *error)
{
    if (failure->status || !error || !error->reason)
        return;
    failure->tls = *error;
    failure->status = tacit_error_exit_status(error);
    failure->code = error->code;
    tacit_error_sentence(error, failure->sentence, sizeof failure->sentence);
    snprintf(failure->advice, sizeof failure->advice, "%s", tacit_error_advice(error));
}

void failure_own(struct failure *failure, int status, const char *code, const char *format, ...)
{
    if (failure->status)
        return;
    failure->status = status;
    failure->code = code;
    va_list args;
    va_start(args, format);
    vsnprintf(failure->sentence, sizeof failure->sentence, format, args);
    va_end(args);
    lookup_cell(TACIT_TABLE_CODES, lookup_row(TACIT_TABLE_CODES, "code", code), "advice",
                failure->advice, sizeof failure->advice);
}

void failure_print(const struct failure *failure)
{
    const char *label = "failed";
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        if (!strcmp(labels[i].code, failure->code))
            label = labels[i].label;
    if (failure->subject[0])
        out_failed(failure->status, label, NULL, "%s (certificate %d: %s)", failure->sentence,
                   (int)failure->tls.depth, failure->subject);
    else
        out_failed(failure->status, label, NULL, "%s", failure->sentence);
}

void failure_hint(const struct failure *failure)
{
    out_row(stderr, "hint", "%s   tacit explain %s", failure->advice, failure->code);
}

static json_t *text_or_null(const char *text)
{
    return text && *text ? json_string(text) : json_null();
}

void failure_json(const struct failure *failure, json_t *object)
{
    const tacit_error *e = &failure->tls;
    bool tls = e->reason != 0, alert = tls && e->alert != TACIT_NO_ALERT;
    char number[8], name[64];
    snprintf(number, sizeof number, "%u", e->alert);
    lookup_cell(TACIT_TABLE_ALERTS, lookup_row(TACIT_TABLE_ALERTS, "number", number), "name", name,
                sizeof name);
    json_object_set_new(object, "code", json_string(failure->status ? failure->code : "ok"));
    json_object_set_new(object, "exit_status", json_integer(failure->status));
    json_object_set_new(object, "reason", tls ? text_or_null(e->name) : json_null());
    json_object_set_new(object, "alert", alert ? text_or_null(name) : json_null());
    json_object_set_new(object, "alert_id", alert ? json_integer(e->alert) : json_null());
    json_object_set_new(object, "rule", tls ? text_or_null(e->rule) : json_null());
    json_object_set_new(object, "depth",
                        tls && e->depth >= 0 ? json_integer(e->depth) : json_null());
    json_object_set_new(object, "subject", text_or_null(failure->subject));
    json_object_set_new(object, "state", tls ? text_or_null(e->state) : json_null());
    json_object_set_new(object, "sentence", text_or_null(failure->sentence));
    json_object_set_new(object, "advice", text_or_null(failure->advice));
}
