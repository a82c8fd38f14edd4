/* alerts.c: the names of the alerts. */
#include "base/alerts.h"

const struct alert_row alerts[] = {
#define ALERT(number, name) {number, #name},
#include "base/alerts.def"
#undef ALERT
};

const size_t n_alerts = sizeof alerts / sizeof alerts[0];

const char *alert_name(uint8_t alert)
{
    for (size_t i = 0; i < n_alerts; i++)
        if (alerts[i].number == alert)
            return alerts[i].name;
    return "unknown";
}
