/* connect.c: `tacit connect`: the command line, and which of the three modes is meant. */
#include "client.h"

#include "admission.h"
#include "args.h"
#include "out.h"
#include "tool.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct setup_options tls;
static char *name, *get, *staple;
static int json, quiet, insecure;
static double timeout;
static long warn;

static const struct poptOption table[] = {
    {"ca", 0, POPT_ARG_ARGV, &tls.anchors, 0,
     "trust the authorities in FILE, instead of the system's", "FILE"},
    {"name", 0, POPT_ARG_STRING, &name, 0,
     "the name to prove, if it is not HOST; or who it is, as in --allow", "NAME"},
    {"pin", 0, POPT_ARG_ARGV, &tls.pins, 0, "a key of its path has this SHA-256 (hexadecimal)",
     "SHA256"},
    SETUP_OPTIONS(tls),
    {"staple", 0, POPT_ARG_STRING, &staple, 0,
     "refuse a server without a current OCSP response: require", "WORD"},
    {"get", 0, POPT_ARG_STRING, &get, 0, "print the page at PATH (HTTP/1.1)", "PATH"},
    {"json", 0, POPT_ARG_NONE, &json, 0, "report as JSON", NULL},
    {"quiet", 0, POPT_ARG_NONE, &quiet, 0, "say nothing unless it fails", NULL},
    {"timeout", 0, POPT_ARG_DOUBLE, &timeout, 0, "patience (default: 10)", "SECONDS"},
    {"warn", 0, POPT_ARG_LONG, &warn, 0, "exit with 40 if a certificate expires within DAYS",
     "DAYS"},
    {"insecure", 0, POPT_ARG_NONE, &insecure, 0, "verify nothing: only to look at a broken server",
     NULL},
    ARGS_END};

static struct args args = {
    .verb = "connect",
    .usage = "HOST[:PORT] [OPTION...]",
    .about = "Connects to a TLS server, verifies it, and reports or carries data.\n\n"
             "  tacit connect example.org                  what protects it, and who it is\n"
             "  tacit connect example.org --get / >page    a page; the report goes to stderr\n"
             "  tacit connect example.org:4433 <in >out    a stream",
    .table = table,
};

static struct client client;

/* is_path: may it stand in a request as it is (RFC 9112 3.2)? */
static bool is_path(const char *text)
{
    size_t n = 0;
    while (text[n] > ' ' && text[n] < 0x7f)
        n++;
    return text[0] == '/' && !text[n] && n <= 4096;
}

static int read_words(struct client *c)
{
    if (args.n_words != 1)
        return args_usage(&args, args.n_words ? "one HOST[:PORT] is enough" : "HOST is missing");
    const char *wrong = target_read(&c->target, args.words[0], "443");
    char shown[128];
    if (wrong)
        return args_usage(&args, "\"%s\": %s",
                          out_escape(shown, sizeof shown, args.words[0], strlen(args.words[0])),
                          wrong);
    if (timeout < 0 || timeout > 86400 || warn < 0 || warn > 36500)
        return args_usage(&args, "--timeout or --warn is out of range");
    if (get && !is_path(get))
        return args_usage(&args, "--get needs a path that begins with / and is printable ASCII "
                                 "without spaces (%%20 stands for one)");
    if (staple && strcmp(staple, "require") != 0)
        return args_usage(&args, "--staple takes one word: require");
    return 0;
}

/* --name may be of another kind than a host's: then it is the one entry of the list of who is
 * allowed, and that stands for the name of HOST. */
static int read_peer(struct client *c)
{
    if (!name || !admission_kind(name))
        return 0;
    if (tls.allowed)
        return args_usage(&args, "--allow would let others in than --name says");
    if (insecure)
        return args_usage(&args, "--insecure verifies nothing, so it cannot prove --name");
    tls.allowed = calloc(2, sizeof *tls.allowed); /* args_free ends it, as if popt had made it */
    if (!tls.allowed || !(tls.allowed[0] = strdup(name)))
        return out_fail(STATUS_INTERNAL, NULL, "no memory");
    c->peer = name;
    return 0;
}

static const struct client_mode *choose_mode(void)
{
    bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    return get ? &client_get : json || terminal ? &client_report : &client_stream;
}

static int run(void)
{
    static char host_name[256];
    struct client *c = &client;
    int status = read_words(c);
    tls.believes = !insecure;
    if (!status)
        status = read_peer(c);
    if (!status)
        status = setup_begin(&c->setup, &tls);
    if (!status && c->setup.options.n_identities > 1)
        status = args_usage(&args, "one --cert is enough");
    c->setup.options.insecure_skip_verification = insecure;
    c->setup.options.staple_required = staple;
    c->setup.options.name_by_allow = c->peer;
    if (!status)
        status = setup_config(&c->setup, tacit_client_config);
    if (status)
        return status;
    target_name(host_name, &c->target);
    c->mode = choose_mode();
    c->name = name && !c->peer ? name : host_name;
    c->path = get;
    c->timeout_given = timeout > 0;
    c->timeout_ms = c->timeout_given ? (unsigned)(timeout * 1000 + 0.999) : 10000;
    c->quiet = quiet;
    c->json = json;
    c->insecure = insecure;
    c->warn_days = warn;
    return client_run(c);
}

int connect_main(int argc, const char **argv)
{
    int status;
    client.setup.keylog_fd = -1;
    if (args_parse(&args, argc, argv, &status))
        status = run();
    setup_end(&client.setup);
    args_free(&args);
    return status;
}
