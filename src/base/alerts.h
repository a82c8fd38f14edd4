/* alerts.h: the alert numbers of RFC 9846 6 and B.2, by the RFC's names. */
#ifndef BASE_ALERTS_H
#define BASE_ALERTS_H

#include <tacit/error.h>

enum alert {
#define ALERT(number, name) ALERT_##name = number,
#include "base/alerts.def"
#undef ALERT
    ALERT_NO_ALERT = TACIT_NO_ALERT
};

/* struct alert_row names one; `alerts` are all of them, in the order of their numbers. */
struct alert_row {
    uint8_t number;
    const char *name;
};

extern const struct alert_row alerts[];
extern const size_t n_alerts;

/* alert_name is the RFC's word for an alert, or "unknown". */
const char *alert_name(uint8_t alert);

#endif
