/* time.c: the two forms of Time in a certificate, to seconds since 1970 (RFC 5280 4.1.2.5).
 *
 * Exactly YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ. RFC 5280 asks issuers to use UTCTime through 2049;
 * which of the two stands there changes nothing for us, so a GeneralizedTime of an earlier year is
 * read. */
#include "x509/parse.h"

#include <stdio.h>

static bool digits(rd *in, size_t n, unsigned min, unsigned max, unsigned *out)
{
    span s;
    if (!rd_take(in, n, &s))
        return false;
    unsigned v = 0;
    for (size_t i = 0; i < n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        v = v * 10 + (unsigned)(s.p[i] - '0');
    }
    *out = v;
    return v >= min && v <= max;
}

static bool is_leap(unsigned year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned days_in(unsigned year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

/* days_before is the number of days from 1970-01-01 to the given day of the Gregorian calendar. */
static int64_t days_before(unsigned year, unsigned month, unsigned day)
{
    enum { DAYS_TO_1970 = 719162 }; /* from 0001-01-01 */
    int64_t past = (int64_t)year - 1;
    int64_t days = past * 365 + past / 4 - past / 100 + past / 400 - DAYS_TO_1970;
    if (year == 0)
        days = -366 - DAYS_TO_1970;
    for (unsigned m = 1; m < month; m++)
        days += days_in(year, m);
    return days + day - 1;
}

bool time_read(rd *in, int64_t *out)
{
    struct der e;
    if (!der_next(in, &e))
        return false;
    rd text = rd_of(e.body);
    unsigned year, month, day, hour, minute, second;
    if (e.tag == DER_UTC_TIME) {
        if (!digits(&text, 2, 0, 99, &year))
            return false;
        year += year >= 50 ? 1900 : 2000;
    } else if (e.tag != DER_GENERALIZED_TIME || !digits(&text, 4, 0, 9999, &year)) {
        return false;
    }
    uint8_t zulu;
    if (!digits(&text, 2, 1, 12, &month) || !digits(&text, 2, 1, days_in(year, month), &day)
        || !digits(&text, 2, 0, 23, &hour) || !digits(&text, 2, 0, 59, &minute)
        || !digits(&text, 2, 0, 59, &second) || !rd_u8(&text, &zulu) || zulu != 'Z'
        || !rd_end(&text))
        return false;
    *out = days_before(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    return true;
}

void time_text(int64_t seconds, char out[32])
{
    enum { DAY = 86400, YEARS = 10000 };
    int64_t days = seconds / DAY - (seconds % DAY < 0), last = days_before(YEARS, 1, 1) - 1;
    unsigned rest = (unsigned)((seconds % DAY + DAY) % DAY), year = 0, month = 1;
    /* What no certificate can say is shown as the end that it lies behind. */
    if (days < days_before(0, 1, 1))
        days = days_before(0, 1, 1);
    if (days > last)
        days = last;
    while (days_before(year + 1, 1, 1) <= days)
        year++;
    days -= days_before(year, 1, 1);
    for (; days >= days_in(year, month); month++)
        days -= days_in(year, month);
    snprintf(out, 32, "%04u-%02u-%02uT%02u:%02u:%02uZ", year % YEARS, month,
             (unsigned)(days + 1) % 100, rest / 3600 % 100, rest / 60 % 60, rest % 60);
}
