/* heard.c: what the callbacks of a configuration tell of its one connection: the messages of its
 * handshake, and its secrets. */
#include "heard.h"

#include <stdio.h>
#include <string.h>

void heard_message(void *user, const tacit_message *message)
{
    struct heard *h = user;
    int n = snprintf(h->messages + h->n, sizeof h->messages - h->n, "%s hs %u\n",
                     message->sent ? "write" : "read", message->type);
    if (n > 0 && h->n + (size_t)n < sizeof h->messages)
        h->n += (size_t)n;
}

static size_t from_hex(uint8_t *out, size_t room, const char *text)
{
    size_t n = 0;
    unsigned byte;
    for (; n < room && sscanf(text, "%2x", &byte) == 1; text += 2)
        out[n++] = (uint8_t)byte;
    return n;
}

/* A label, the client's random, the secret (RFC 9850). */
void heard_line(void *user, const char *line)
{
    static const char *const labels[] = {"CLIENT_TRAFFIC_SECRET_0 ", "SERVER_TRAFFIC_SECRET_0 "};
    struct heard *h = user;
    const char *last = strrchr(line, ' ');
    for (size_t i = 0; last && i < 2; i++)
        if (strncmp(line, labels[i], strlen(labels[i])) == 0)
            h->secret_n = from_hex(h->secrets[i], SECRET_MAX, last + 1);
}

bool heard_is(const struct heard *h, const char *wanted)
{
    size_t at = 0;
    while (*wanted) {
        size_t n = strcspn(wanted, "\n") + 1;
        const char *hs = strstr(wanted, " hs ");
        if (hs && hs < wanted + n) {
            if (h->n - at < n || memcmp(h->messages + at, wanted, n) != 0)
                return false;
            at += n;
        }
        wanted += n - (wanted[n - 1] == 0);
    }
    return at == h->n;
}
