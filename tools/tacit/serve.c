/* serve.c: `tacit serve`: the command line, the listener, and a bounded end. */
#include "visitor.h"

#include "args.h"
#include "dial.h"
#include "listen.h"
#include "out.h"
#include "reload.h"
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct setup_options tls;
static char *listen_on;
static char **ocsp;
static int status_only, optional;
static double handshake_timeout = 10, idle_timeout = 60, drain = 5;

static const struct poptOption table[] = {
    {"listen", 0, POPT_ARG_STRING, &listen_on, 0, "where; port 0 picks a free one", "ADDR:PORT"},
    {"status", 0, POPT_ARG_NONE, &status_only, 0, "show every visitor his own handshake", NULL},
    SETUP_OPTIONS(tls),
    {"ocsp", 0, POPT_ARG_ARGV, &ocsp, 0, "an OCSP response (DER) about one of the certificates",
     "FILE"},
    {"client-ca", 0, POPT_ARG_ARGV, &tls.anchors, 0,
     "ask clients for a certificate of these authorities", "FILE"},
    {"optional", 0, POPT_ARG_NONE, &optional, 0, "let clients without a certificate in", NULL},
    {"handshake-timeout", 0, POPT_ARG_DOUBLE, &handshake_timeout, 0,
     "for a whole handshake (default: 10)", "SECONDS"},
    {"idle-timeout", 0, POPT_ARG_DOUBLE, &idle_timeout, 0,
     "for a request, or without progress (default: 60)", "SECONDS"},
    {"drain", 0, POPT_ARG_DOUBLE, &drain, 0, "for answers under way at the end (default: 5)",
     "SECONDS"},
    ARGS_END};

static struct args args = {
    .verb = "serve",
    .usage = "[DIR | --status] --listen ADDR:PORT --cert FILE --key FILE [OPTION...]",
    .about =
        "Serves the files of a folder over HTTPS. Certificates, keys, lists and responses that\n"
        "change are read again. SIGTERM ends it in good order.\n\n"
        "  tacit serve ./site --listen 127.0.0.1:8443 --cert localhost.pem --key localhost.key",
    .table = table,
};

static struct server server;
static struct setup setup;
static struct reload reload;
static struct target address;
static uv_signal_t signals[2];
static uv_timer_t drain_timer;
static uint64_t complained;
static int result;

/* ---- the end --------------------------------------------------------------------------------- */

static void abort_all(void)
{
    for (struct visitor *v = server.visitors, *next; v; v = next) {
        next = v->next;
        link_abort(&v->link);
    }
}

static void on_drain_over(uv_timer_t *timer)
{
    (void)timer;
    abort_all();
}

static void stop(void)
{
    if (server.draining)
        return;
    server.draining = true;
    reload_stop(&reload);
    uv_close((uv_handle_t *)&server.listener, NULL);
    uv_timer_start(&drain_timer, on_drain_over, (uint64_t)(drain * 1000), 0);
    uv_unref((uv_handle_t *)&drain_timer); /* when nobody is left there is nothing to wait for */
    for (struct visitor *v = server.visitors, *next; v; v = next) {
        next = v->next;
        visitor_drain(v);
    }
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)handle, (void)number;
    if (server.draining)
        abort_all();
    stop();
}

/* ---- the beginning --------------------------------------------------------------------------- */

/* libuv itself gets rid of connections for which no descriptor is left; we only say so, once a
 * second at most. */
static void on_connection(uv_stream_t *listener, int err)
{
    uint64_t now = uv_now(listener->loop);
    if (!err && visitor_accept(&server))
        return;
    if (!err) {
        result = out_fail(STATUS_INTERNAL, NULL, "no memory for another connection");
        stop();
    } else if (now - complained >= 1000) {
        complained = now;
        out_row(stderr, "failed", "a connection could not be accepted: %s", uv_strerror(err));
    }
}

static int run_loop(void)
{
    static const int numbers[2] = {SIGTERM, SIGINT};
    if (uv_loop_init(&server.loop))
        return out_fail(STATUS_INTERNAL, NULL, "no event loop");
    int status = listen_open(&server.listener, &server.loop, &address, on_connection);
    if (status)
        return status;
    for (int i = 0; i < 2; i++) {
        uv_signal_init(&server.loop, &signals[i]);
        uv_signal_start(&signals[i], on_signal, numbers[i]);
        uv_unref((uv_handle_t *)&signals[i]);
    }
    uv_timer_init(&server.loop, &drain_timer);
    reload_watch(&reload, &server.loop);
    listen_say_ready(&server.listener);
    uv_run(&server.loop, UV_RUN_DEFAULT);
    return result; /* the loop stays: without its signals, the next one would kill the process */
}

static int open_folder(void)
{
    server.folder = -1;
    if (args.n_words == 0)
        return 0;
    server.folder = open(args.words[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return server.folder >= 0 ? 0
                              : out_fail(STATUS_FILE, NULL, "cannot open the folder %s: %s",
                                         args.words[0], strerror(errno));
}

static bool in_range(double seconds)
{
    return seconds >= 0 && seconds <= 86400;
}

static int check(void)
{
    const char *wrong = listen_on ? target_read(&address, listen_on, NULL) : "--listen is missing";
    if (wrong)
        return args_usage(&args, listen_on ? "--listen: %s" : "%s", wrong);
    if (!tls.certs)
        return args_usage(&args, "a server needs --cert and --key");
    if (args.n_words > 1 || (args.n_words && status_only))
        return args_usage(&args, "it is one folder, or --status");
    if (tls.crls && !tls.anchors)
        return args_usage(&args, "--crl is about clients' certificates: it needs --client-ca");
    if (tls.allowed && !tls.anchors)
        return args_usage(&args, "--allow is about clients' certificates: it needs --client-ca");
    if (optional && !tls.anchors)
        return args_usage(&args, "--optional belongs to --client-ca");
    if (!in_range(handshake_timeout) || !in_range(idle_timeout) || !in_range(drain)
        || handshake_timeout < 0.001 || idle_timeout < 0.001)
        return args_usage(&args, "a time is out of range");
    return 0;
}

static int run(void)
{
    static const char *const http[] = {"http/1.1"};
    int status = check();
    if (!status)
        status = open_folder();
    if (!status)
        status = setup_words(&setup, &tls);
    if (status)
        return status;
    tacit_config_options *o = &setup.options;
    o->handshake_timeout = (uint32_t)(handshake_timeout * 1000);
    o->client_auth = !tls.anchors ? TACIT_CLIENT_AUTH_OFF
                     : optional   ? TACIT_CLIENT_AUTH_OPTIONAL
                                  : TACIT_CLIENT_AUTH_REQUIRED;
    if (!o->n_alpn) {
        o->alpn = http;
        o->n_alpn = 1;
    }
    status = reload_first(&reload, &setup, &tls, ocsp);
    server.config = &reload.set.config;
    server.idle_ms = (uint64_t)(idle_timeout * 1000);
    return status ? status : run_loop();
}

int serve_main(int argc, const char **argv)
{
    int status;
    setup.keylog_fd = -1;
    server.folder = -1;
    if (args_parse(&args, argc, argv, &status))
        status = run();
    reload_end(&reload);
    setup_end(&setup);
    if (server.folder >= 0)
        close(server.folder);
    args_free(&args);
    return status;
}
