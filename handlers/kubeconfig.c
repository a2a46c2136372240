/*
 * GET /api/clusters/:cluster/kubeconfig: a kubeconfig whose server is this gateway. It never holds anything of AWS; of
 * the gateway it holds the caller's own key only when he asks for that.
 *
 * https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */
#include "handlers/kubeconfig.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/json.h"
#include "fcgi/response.h"
#include "handlers/handlers.h"

/* What kubectl runs for a token. printf is the shell's own, so the key is in no process's arguments. */
static const char exec_script[] =
    "      - |\n"
    "        file=${EKSGATE_KEY_FILE:-$HOME/.config/eksgate/key}\n"
    "        key=${EKSGATE_KEY:-$(cat \"$file\" 2>/dev/null)}\n"
    "        [ -n \"$key\" ] || { echo \"eksgate: put an API key into EKSGATE_KEY or $file\" >&2; exit 1; }\n"
    "        printf '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",'\n"
    "        printf '\"status\":{\"token\":\"%s\"}}\\n' \"$key\"\n";

const struct field kubeconfig_fields[] = {
    {.name = "auth",
     .type = FIELD_CHOICE,
     .choices = "exec|token|none",
     .help =
         "how kubectl gets the API key: exec reads EKSGATE_KEY or ~/.config/eksgate/key each time (the default when "
         "keys are wanted), token writes the caller's own key into the file, none no key at all"},
    {.name = NULL},
};

const struct answer kubeconfig_answers[] = {
    {200, "a kubeconfig; the server is https where the gateway has TLS", NULL, "application/yaml"},
    {409, "kubectl would send no key: the gateway has no TLS"},
    {0},
};

struct view {
    struct str auth;
    struct str id;
    struct buf server;
    struct buf authority; /* base64; empty when none is configured */
};

static struct str port_of(struct str address)
{
    const char *colon = memrchr(address.ptr, ':', address.len);
    const char *bracket = memrchr(address.ptr, ']', address.len);

    if (!colon || (bracket && bracket > colon))
        return STR("");
    return str_skip(address, (size_t)(colon - address.ptr) + 1);
}

/* Host was held against EKSGATE_HOSTS already, all but its port. */
static int check_port(struct str host, struct err *err)
{
    struct str port = port_of(host);
    long number;

    if (port.len == 0 || str_to_long(port, 1, 65535, &number) == 0)
        return 0;
    return err_set(err, ERR_BAD_REQUEST, "the port in the header Host is none");
}

/*
 * kubectl sends no credentials over plain HTTP, so the address is the one with TLS wherever there is one: the caller's
 * own, or the TLS listener under the name he used. Without any, plain HTTP does where nobody is asked for a key.
 */
static int write_server(struct request *request, struct view *view)
{
    const struct config *config = request->worker->config;
    struct str host = request_param(request, "HTTP_HOST");
    bool secure = str_equal(request_param(request, "HTTPS"), STR("on"));
    struct str name = host;
    struct str port = port_of(host);

    if (check_port(host, &request->err) < 0)
        return -1;
    if (port.len > 0)
        name.len -= port.len + 1;
    if (!secure && !config->tls_listen && strcmp(config->auth, "off") != 0)
        return err_set(&request->err, ERR_CONFLICT,
                       "kubectl sends no key over plain HTTP: serve this gateway with TLS (make run TLS=1, or "
                       "EKSGATE_TLS_LISTEN)");
    if (!secure && config->tls_listen)
        buf_printf(&view->server, "https://%.*s:%.*s", STR_FMT(name), STR_FMT(port_of(str_from(config->tls_listen))));
    else
        buf_printf(&view->server, "%s://%.*s", secure ? "https" : "http", STR_FMT(host));
    buf_printf(&view->server, "/raw/clusters/");
    return encode_percent(&view->server, view->id);
}

static int read_authority(struct request *request, struct buf *out)
{
    const char *path = request->worker->config->tls_ca_file;
    char pem[LIMIT_CA_PEM];
    ssize_t n = -1;
    int fd;

    if (!path)
        return 0;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        n = read(fd, pem, sizeof(pem));
        close(fd);
    }
    if (n <= 0 || (size_t)n == sizeof(pem) || !memmem(pem, (size_t)n, "-----BEGIN CERTIFICATE-----", 27))
        return err_set(&request->err, ERR_INTERNAL, "EKSGATE_TLS_CA_FILE can not be read, or is no PEM");
    return encode_base64(out, pem, (size_t)n);
}

/* A double-quoted YAML scalar is a JSON string: https://yaml.org/spec/1.2.2/#732-double-quoted-style */
static void line(struct buf *out, const char *before, struct str value)
{
    buf_printf(out, "%s", before);
    json_quote(out, value);
    buf_add_char(out, '\n');
}

static void write_exec(struct buf *out)
{
    buf_printf(out, "    exec:\n"
                    "      apiVersion: client.authentication.k8s.io/v1\n"
                    "      interactiveMode: Never\n"
                    "      provideClusterInfo: false\n"
                    "      installHint: without a shell, take a kubeconfig of ?auth=token\n"
                    "      command: sh\n"
                    "      args:\n"
                    "      - -c\n");
    buf_add_str(out, STR(exec_script));
}

/* The key that this very request came with, and nobody else's. */
static int write_token(struct request *request, struct buf *out)
{
    struct str rest = str_trim(request_param(request, "HTTP_AUTHORIZATION"));

    str_cut(&rest, ' ');
    if (!*request->caller.id || !rest.ptr)
        return err_set(&request->err, ERR_BAD_REQUEST, "auth=token: the request came without an API key");
    line(out, "    token: ", str_trim(rest));
    return 0;
}

static int write_user(struct request *request, const struct view *view, struct buf *out)
{
    line(out, "users:\n- name: ", view->id);
    buf_printf(out, "  user:\n");
    if (str_equal(view->auth, STR("token")))
        return write_token(request, out);
    if (str_equal(view->auth, STR("none")))
        line(out, "    token: ", STR("anonymous")); /* with nothing here kubectl would ask for a name and a password */
    else
        write_exec(out);
    return 0;
}

static int write_config(struct request *request, const struct view *view, struct buf *out)
{
    buf_printf(out, "apiVersion: v1\nkind: Config\n");
    line(out, "clusters:\n- name: ", view->id);
    line(out, "  cluster:\n    server: ", buf_str(&view->server));
    if (view->authority.len > 0)
        line(out, "    certificate-authority-data: ", buf_str(&view->authority));
    if (write_user(request, view, out) < 0)
        return -1;
    line(out, "contexts:\n- name: ", view->id);
    line(out, "  context:\n    cluster: ", view->id);
    line(out, "    user: ", view->id);
    line(out, "current-context: ", view->id);
    return out->failed ? err_set(&request->err, ERR_INTERNAL, "the kubeconfig is too large") : 0;
}

static int answer(struct request *request, const struct buf *text)
{
    response_begin(request, 200, STR("OK"));
    response_header(request, "Content-Type", STR("application/yaml"));
    response_header(request, "Cache-Control", STR("no-store"));
    response_header(request, "Content-Disposition", STR("attachment; filename=\"kubeconfig.yaml\""));
    return response_write(request, text->ptr, text->len) < 0
               ? err_set(&request->err, ERR_CLIENT_GONE, "the client is gone")
               : 0;
}

int kubeconfig_show(struct request *request)
{
    struct view view = {.auth = request_query(request, "auth"), .id = request->cluster->id};
    struct buf text;
    int rc = -1;

    if (!view.auth.ptr)
        view.auth = strcmp(request->worker->config->auth, "off") == 0 ? STR("none") : STR("exec");
    buf_init(&view.server, KIB(4));
    buf_init(&view.authority, KIB(96));
    buf_init(&text, KIB(128));
    if (write_server(request, &view) == 0 && read_authority(request, &view.authority) == 0 &&
        write_config(request, &view, &text) == 0)
        rc = answer(request, &text);
    buf_free(&view.server);
    buf_free(&view.authority);
    buf_wipe(&text);
    return rc;
}
