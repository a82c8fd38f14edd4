/* alert.c: alerts in and out (RFC 9846 6). */
#include "base/alerts.h"
#include "record/record.h"

bool alert_send(struct rec_out *out, uint8_t alert, struct err *err)
{
    bool warning = alert == ALERT_close_notify || alert == ALERT_user_canceled;
    const uint8_t body[] = {warning ? ALERT_LEVEL_WARNING : ALERT_LEVEL_FATAL, alert};
    return out_flight(out, err) && out_seal(out, CT_ALERT, (span){body, sizeof body}, err);
}

enum alert_kind alert_read(const struct rec *rec, bool tls12, uint8_t *alert)
{
    if (rec->n != 2) /* RFC 9846 5.1: exactly one, whole */
        return ALERT_IN_MALFORMED;
    *alert = rec->p[1];
    if (*alert == ALERT_close_notify)
        return ALERT_IN_CLOSE;
    if (tls12 && rec->p[0] == ALERT_LEVEL_WARNING) /* RFC 5246 7.2.2: the receiver may go on */
        return ALERT_IN_IGNORE;
    return *alert == ALERT_user_canceled ? ALERT_IN_IGNORE : ALERT_IN_FATAL;
}
