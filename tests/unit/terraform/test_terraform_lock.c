/* Locks on states: where they are, what they say, and when they may be taken away. */
#include "../rows.h"

#include <fcntl.h>
#include <sys/wait.h>

#include "../aws/fake_aws.h"
#include "base/limits.h"
#include "terraform/lock.h"

#define INFO                                                                                                           \
    "{\"ID\":\"09ff\",\"Operation\":\"OperationTypeApply\",\"Info\":\"\",\"Who\":\"root@vm\",\"Version\":\"1.11.4\","  \
    "\"Created\":\"2026-11-21T19:07:24Z\",\"Path\":\"terraform.tfstate\"}"
#define OK "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
#define GONE "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
#define NONE                                                                                                           \
    "HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n<Error><Code>NoSuchKey</Code><Message>no</Message></Error>"

static char folder[] = "/tmp/eksgate-lock-XXXXXX";
static char info[128];
static char state_file[128];

static void settings_name_the_object(void **state)
{
    static const struct {
        int line;
        const char *text;
        const char *key; /* NULL: refused */
    } rows[] = {
        {__LINE__, "bucket = \"b\"\nkey = \"p/c/t\"\nregion=\"eu-west-1\"\nencrypt = true\n", "p/c/t"},
        {__LINE__, "bucket = \"b\"\nkey = \"t\"\n", NULL},
        {__LINE__, "bucket = b\nkey = \"t\"\nregion = \"r\"\n", NULL},
        {__LINE__, "", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct lock_place place;
        struct err err = {0};

        row_int(rows[i].line, lock_place_read(str_from(rows[i].text), &place, &err), rows[i].key ? 0 : -1);
        if (rows[i].key)
            row_text(rows[i].line, place.key, rows[i].key);
    }
}

static void write_info(const char *text)
{
    FILE *file = fopen(info, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int unlock(const char *id, struct err *err)
{
    const struct lock_place place = {.folder = folder};

    err_clear(err);
    return lock_remove(&place, NULL, str_from(id), err);
}

static void a_lock_on_disk_goes_by_its_exact_id(void **state)
{
    const struct lock_place place = {.folder = folder};
    struct report_lock lock;
    struct err err = {0};

    (void)state;
    assert_int_equal(lock_find(&place, NULL, &lock, &err), 0);
    assert_string_equal(lock.id, "");
    assert_int_equal(unlock("09ff", &err), -1);
    assert_int_equal(err.kind, ERR_NOT_FOUND);
    write_info(INFO);
    assert_int_equal(lock_find(&place, NULL, &lock, &err), 0);
    assert_string_equal(lock.who, "root@vm");
    assert_int_equal(unlock("09", &err), -1);
    assert_int_equal(err.kind, ERR_CONFLICT);
    assert_int_equal(unlock("09ff", &err), 0);
    assert_int_equal(access(info, F_OK), -1);
    write_info("{}");
    assert_int_equal(unlock("", &err), -1);
    assert_int_equal(err.kind, ERR_UPSTREAM_BROKEN);
    unlink(info);
}

/* As terraform does it: a lock of fcntl on the state. Another process has to, for one's own is never in the way. */
static void a_lock_that_is_held_stays(void **state)
{
    int ready[2];
    int done[2];
    struct err err;
    char byte;
    pid_t pid;

    (void)state;
    write_info(INFO);
    assert_int_equal(pipe(ready) | pipe(done), 0);
    pid = fork();
    if (pid == 0) {
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        int fd = open(state_file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

        close(done[1]);
        _exit(fcntl(fd, F_SETLK, &lock) < 0 || write(ready[1], "", 1) != 1 || read(done[0], &byte, 1) < 0);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(unlock("09ff", &err), -1);
    assert_int_equal(err.kind, ERR_CONFLICT);
    close(done[1]);
    close(done[0]);
    waitpid(pid, NULL, 0);
    assert_int_equal(unlock("09ff", &err), 0);
    close(ready[0]);
    close(ready[1]);
    unlink(state_file);
}

static void a_lock_in_s3_is_an_object(void **state)
{
    static const struct {
        int line;
        const char *answers[3];
        const char *id;
        int result;
        enum err_kind kind;
        int requests;
    } rows[] = {
        {__LINE__, {OK INFO, GONE}, "09ff", 0, ERR_NONE, 2},
        {__LINE__, {OK INFO}, "09fe", -1, ERR_CONFLICT, 1},
        {__LINE__, {NONE}, "09ff", -1, ERR_NOT_FOUND, 1},
        {__LINE__, {OK "what?"}, "09ff", -1, ERR_UPSTREAM_BROKEN, 1},
    };
    static const struct lock_place place = {.bucket = "b", .key = "p q/t", .region = "eu-west-1"};
    static struct fake_aws fake;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct account account;
        struct err err = {0};

        fake_start(&fake, rows[i].answers);
        row_int(rows[i].line, account_open(&account, STR("eu-west-1"), STR(""), STR(""), &err), 0);
        row_int(rows[i].line, lock_remove(&place, &account, str_from(rows[i].id), &err), rows[i].result);
        row_int(rows[i].line, err.kind, rows[i].kind);
        account_close(&account);
        fake_stop(&fake);
        row_int(rows[i].line, fake.count, rows[i].requests);
        row_true(rows[i].line, "it is read by its key", strstr(fake.requests[0], "GET /b/p%20q/t.tflock HTTP/1.1"));
        if (fake.count == 2)
            row_true(rows[i].line, "then deleted", strstr(fake.requests[1], "DELETE /b/p%20q/t.tflock HTTP/1.1"));
    }
}

#define TAKEN                                                                                                          \
    "HTTP/1.1 412 Precondition Failed\r\nConnection: close\r\n\r\n<Error><Code>PreconditionFailed</Code></Error>"
#define RACE "HTTP/1.1 409 Conflict\r\nConnection: close\r\n\r\n<Error><Code>ConditionalRequestConflict</Code></Error>"
#define DENIED "HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n<Error><Code>AccessDenied</Code></Error>"
#define OF(run) OK "{\"ID\":\"" run "\",\"Who\":\"eksgate@pod\"}"

static void a_run_takes_the_lock_once_and_over_from_runs_that_are_over(void **state)
{
    static const struct {
        int line;
        const char *answers[5];
        const char *ended;
        int result;
        enum err_kind kind;
        const char *met;
        int requests;
    } rows[] = {
        {__LINE__, {OK}, "", 0, ERR_NONE, "", 1},
        {__LINE__, {TAKEN, OF("r2")}, "", -1, ERR_CONFLICT, "r2", 2},
        {__LINE__, {TAKEN, OF("r2")}, "r1,r22,2", -1, ERR_CONFLICT, "r2", 2},
        {__LINE__, {TAKEN, OK INFO}, "r1,r2", -1, ERR_CONFLICT, "09ff", 2},
        {__LINE__, {TAKEN, OF("r2"), GONE, OK}, "r1,r2", 0, ERR_NONE, "r2", 4},
        {__LINE__, {TAKEN, OF("r1"), GONE, OK}, "r1", 0, ERR_NONE, "r1", 4},
        {__LINE__, {TAKEN, OF("r2"), GONE, TAKEN}, "r2", -1, ERR_CONFLICT, "r2", 4},
        {__LINE__, {TAKEN, OF("r2"), DENIED}, "r2", -1, ERR_AWS, "r2", 3},
        /* Ours, though the answer to the first attempt was lost. */
        {__LINE__, {TAKEN, OF("r3")}, "", 0, ERR_NONE, "", 2},
        /* It was given back in this moment: the caller tries again. */
        {__LINE__, {TAKEN, NONE}, "", -1, ERR_CONFLICT, "", 2},
        {__LINE__, {RACE, NONE}, "", -1, ERR_CONFLICT, "", 2},
        {__LINE__, {TAKEN, OK "what?"}, "", -1, ERR_CONFLICT, "", 2},
        {__LINE__, {DENIED}, "", -1, ERR_AWS, "", 1},
    };
    static const struct lock_place place = {.bucket = "b", .key = "t", .region = "eu-west-1"};
    static struct fake_aws fake;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct lock_claim claim = {.id = STR("r3"), .operation = "scale", .ended = str_from(rows[i].ended)};
        struct account account;
        struct report_lock met;
        struct err err = {0};

        fake_start(&fake, rows[i].answers);
        row_int(rows[i].line, account_open(&account, STR("eu-west-1"), STR(""), STR(""), &err), 0);
        row_int(rows[i].line, lock_hold(&place, &account, &claim, &met, &err), rows[i].result);
        row_int(rows[i].line, err.kind, rows[i].kind);
        row_str(rows[i].line, str_from(met.id), rows[i].met);
        account_close(&account);
        fake_stop(&fake);
        row_int(rows[i].line, fake.count, rows[i].requests);
        row_true(rows[i].line, "it is put", strstr(fake.requests[0], "PUT /b/t.tflock HTTP/1.1") == fake.requests[0]);
        row_true(rows[i].line, "if there is none", strstr(fake.requests[0], "If-None-Match: *\r\n"));
        row_true(rows[i].line, "encrypted", strstr(fake.requests[0], "X-Amz-Server-Side-Encryption: AES256\r\n"));
        row_true(rows[i].line, "by whom", strstr(fake.requests[0], "\"ID\":\"r3\",\"Operation\":\"scale\""));
    }
}

static int set_up(void **state)
{
    (void)state;
    setenv("AWS_ACCESS_KEY_ID", "AKIA", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "s", 1);
    setenv("AWS_MAX_ATTEMPTS", "1", 1);
    if (!mkdtemp(folder))
        return -1;
    snprintf(info, sizeof(info), "%s/.terraform.tfstate.lock.info", folder);
    snprintf(state_file, sizeof(state_file), "%s/terraform.tfstate", folder);
    return http_global_init();
}

static int tear_down(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_name_the_object),
        cmocka_unit_test(a_lock_on_disk_goes_by_its_exact_id),
        cmocka_unit_test(a_lock_that_is_held_stays),
        cmocka_unit_test(a_lock_in_s3_is_an_object),
        cmocka_unit_test(a_run_takes_the_lock_once_and_over_from_runs_that_are_over),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
