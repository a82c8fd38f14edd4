/* target.c: reading HOST[:PORT]. */
#include "dial.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* split finds the host and the port in the text; IPv6 needs brackets only to carry a port. */
static const char *split(const char *text, const char **host, size_t *n, const char **port)
{
    const char *last = strrchr(text, ':');
    *host = text;
    *n = strlen(text);
    *port = NULL;
    if (text[0] == '[') {
        const char *end = strchr(text, ']');
        if (!end || (end[1] && end[1] != ':'))
            return "the brackets do not hold an address, as in [::1]:443";
        *host = text + 1;
        *n = (size_t)(end - text) - 1;
        *port = end[1] ? end + 2 : NULL;
    } else if (last && strchr(text, ':') == last) {
        *n = (size_t)(last - text);
        *port = last + 1;
    }
    return NULL;
}

/* port_number is -1 for what is none. */
static long port_number(const char *port)
{
    size_t n = strspn(port, "0123456789");
    long number = n >= 1 && n <= 5 && !port[n] ? strtol(port, NULL, 10) : -1;
    return number <= 65535 ? number : -1;
}

static bool is_numeric(const char *host)
{
    uint8_t address[16];
    char bare[64];
    size_t n = strcspn(host, "%"); /* fe80::1%eth0 */
    if (n >= sizeof bare)
        return false;
    memcpy(bare, host, n);
    bare[n] = 0;
    return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, bare, address) == 1;
}

const char *target_read(struct target *target, const char *text, const char *default_port)
{
    const char *host, *port;
    size_t n;
    const char *wrong = split(text, &host, &n, &port);
    if (wrong)
        return wrong;
    if (n >= sizeof target->host)
        return "the name is too long";
    if (!n && default_port)
        return "the name is missing";
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)host[i] >= 0x80)
            return "write an international name in its ASCII form (xn--...)";
        if (!isgraph((unsigned char)host[i]) || strchr("/?#@", host[i]))
            return "it is HOST or HOST:PORT, without scheme, path or user";
    }
    if (!port)
        port = default_port;
    if (!port)
        return "the port is missing";
    if (port_number(port) < 0)
        return "the port is not a number up to 65535";
    *target = (struct target){0};
    memcpy(target->host, host, n);
    snprintf(target->port, sizeof target->port, "%ld", port_number(port));
    target->numeric = is_numeric(target->host);
    bool v6 = strchr(target->host, ':') != NULL;
    if (v6 && !target->numeric)
        return "it is neither a name nor an IPv6 address";
    snprintf(target->shown, sizeof target->shown, v6 ? "[%s]:%s" : "%s:%s", target->host,
             target->port);
    return NULL;
}

void target_name(char out[256], const struct target *target)
{
    size_t n = strcspn(target->host, "%");
    if (n > 1 && target->host[n - 1] == '.')
        n--;
    snprintf(out, 256, "%.*s", (int)n, target->host);
}
