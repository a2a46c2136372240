/*
 * eksgate agent: what has to be done when nobody asks. Several may run; one does the work.
 */
#include "agent/agent.h"
#include "base/attend.h"
#include "main/commands.h"
#include "main/start.h"

int command_agent(int argc, char **argv)
{
    static struct seal_key seal;
    struct config config;
    int status;

    (void)argc;
    (void)argv;
    if (start_configure(&config, &seal) < 0)
        return 1;
    attend_block_signals();
    start_bound_memory();
    status = agent_run(&config, &seal);
    seal_key_wipe(&seal);
    return status;
}
