// Feeds broken files to every reader, each reader in a process of its own with a limit on memory. What the numbers mean:
// an input is a good file of the kind with some damage; an exception is right when the reader's documentation names its kind.
// Options: --seconds N for each reader (10), --hour (all readers share one), --most N inputs (no bound), --seed N (1), --reader NAME, --input N (that input alone, in this process).
using MLNetVision.Fuzz;

FuzzOptions options;
try
{
    options = FuzzOptions.Parse(args);
}
catch (ArgumentException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}

return options switch
{
    { Child: { } mailbox } => FuzzChild.Run(options, mailbox),
    { Input: { } input } => FuzzChild.RunOne(options, input),
    _ => FuzzRun.All(options),
};
