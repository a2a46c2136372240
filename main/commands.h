/* The subcommands; each takes what stands behind its name and returns the exit status. */
#ifndef EKSGATE_MAIN_COMMANDS_H
#define EKSGATE_MAIN_COMMANDS_H

int command_serve(int argc, char **argv);
int command_tunnel(int argc, char **argv);
int command_agent(int argc, char **argv);
int command_check(int argc, char **argv);
int command_token(int argc, char **argv);
int command_key(int argc, char **argv);
int command_provision(int argc, char **argv);

#endif
