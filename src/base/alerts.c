/* alerts.c: the names of the alerts. */
#include "base/alerts.h"

const char *alert_name(uint8_t alert)
{
    switch (alert) {
#define ALERT(number, name)                                                                        \
    case number:                                                                                   \
        return #name;
#include "base/alerts.def"
#undef ALERT
    default:
        return "unknown";
    }
}
