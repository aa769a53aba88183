using MLNetVision.Models.Common.Checkpoints.Files;

namespace MLNetVision.Models.Common.Checkpoints.Formats.Pickle;

/// <summary>Fills lists, dicts and arrays. Of values that nobody needs the content is not kept.</summary>
internal sealed class PickleContents(PickleSource source, MemoryBudget budget)
{
    private const int ItemCost = 16; // an estimate of managed sizes

    /// <summary>An instance of a class, without the call that would make it.</summary>
    public PickleOpaque Create(object? type, byte instruction) => type is PickleGlobal global && PickleCalls.IsData(global)
        ? new PickleOpaque(global.ToString())
        : throw source.Broken($"makes an instance of '{type ?? "None"}' by the instruction 0x{instruction:x2} before byte {source.Position}, which is refused");

    public void Append(object?[] items, object? target)
    {
        switch (target)
        {
            case PickleOpaque:
                break;
            case PickleList list:
                budget.Charge(ItemCost * items.Length);
                list.Items.AddRange(items);
                break;
            default:
                throw source.Broken($"appends to something that is not a list before byte {source.Position}");
        }
    }

    public void Assign(object?[] pairs, object? target)
    {
        if (target is PickleOpaque)
        {
            return;
        }

        if (target is not PickleDictionary dictionary || pairs.Length % 2 != 0)
        {
            throw source.Broken($"assigns to something that is not a dict before byte {source.Position}");
        }

        budget.Charge(2 * ItemCost * pairs.Length);
        for (int i = 0; i < pairs.Length; i += 2)
        {
            dictionary.Items.Add((pairs[i], pairs[i + 1]));
        }
    }

    public void SetState(object? state, object? target)
    {
        bool isSet = target switch
        {
            PickleOpaque => true,
            PickleDictionary => true, // attributes of an OrderedDict: the _metadata of a state dict
            PickledArray array => array.SetState(state),
            PickledArrayType type => type.SetState(state),
            _ => false,
        };
        if (!isSet)
        {
            throw source.Broken($"sets the state of something that has none before byte {source.Position}");
        }
    }
}
