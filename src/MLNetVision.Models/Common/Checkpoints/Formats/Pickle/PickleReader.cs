using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using MLNetVision.Models.Common.Checkpoints.Files;

namespace MLNetVision.Models.Common.Checkpoints.Formats.Pickle;

/// <summary>
/// Runs the instructions of a pickle (protocols 2 to 5) over plain data. It knows no Python object but those of the
/// allow-list in <see cref="PickleCalls"/>, loops instead of recursing, and is bounded in memory and depth.
/// </summary>
/// <remarks>Instructions: Python's Lib/pickletools.py documents each.</remarks>
internal sealed class PickleReader
{
    private const int HighestProtocol = 5;
    private const int MaximumText = 4096; // longer texts are no keys and stay in the file
    private const int MaximumInteger = 16;

    // Estimates of managed sizes.
    private const int ObjectCost = 48;
    private const int TupleItemCost = 16;
    private const int MemoCost = 48;

    private static readonly object[] SmallIntegers = [.. Enumerable.Range(0, 256).Select(i => (object)(long)i)];
    private static readonly object True = true;
    private static readonly object False = false;

    private readonly PickleSource _source;
    private readonly MemoryBudget _budget;
    private readonly PickleStack _stack;
    private readonly PickleContents _contents;
    private readonly Dictionary<long, object?> _memo = [];

    private readonly List<PickledStorage> _storages = [];

    private PickleReader(PickleSource source, MemoryBudget budget)
    {
        _source = source;
        _budget = budget;
        _stack = new PickleStack(source);
        _contents = new PickleContents(source, budget);
    }

    /// <summary>Reads one pickle; the source then stands behind its end.</summary>
    /// <exception cref="InvalidDataException">It is broken, names something outside the allow-list, or is too deep or large.</exception>
    public static object? Read(PickleSource source, MemoryBudget budget) => Read(source, budget, out _);

    /// <inheritdoc cref="Read(PickleSource, MemoryBudget)" path="/summary | /returns | /remarks | /exception"/>
    /// <param name="source">Where to read.</param>
    /// <param name="budget">The memory that the values may take.</param>
    /// <param name="storages">Every storage that the pickle refers to, repeated as often as it does.</param>
    public static object? Read(PickleSource source, MemoryBudget budget, out IReadOnlyList<PickledStorage> storages)
    {
        var reader = new PickleReader(source, budget);
        object? root = reader.Run();
        storages = reader._storages;
        return root;
    }

    private object? Run()
    {
        while (true)
        {
            byte instruction = _source.ReadByte();
            if (instruction == (byte)'.')
            {
                return _stack.Pop();
            }

            if (!Constant(instruction) && !Collection(instruction) && !Structure(instruction))
            {
                throw _source.Broken($"has the instruction 0x{instruction:x2} at byte {_source.Position - 1}, which is refused");
            }
        }
    }

    private bool Constant(byte instruction)
    {
        switch (instruction)
        {
            case (byte)'N':
                _stack.Push(null);
                return true;
            case 0x88:
                _stack.Push(True);
                return true;
            case 0x89:
                _stack.Push(False);
                return true;
            case (byte)'K':
                PushInteger(_source.ReadByte());
                return true;
            case (byte)'M':
                PushInteger(BinaryPrimitives.ReadUInt16LittleEndian(_source.Read(2)));
                return true;
            case (byte)'J':
                PushInteger(ReadInt32());
                return true;
            case 0x8a:
                PushLongInteger(_source.ReadByte());
                return true;
            case 0x8b:
                PushLongInteger(ReadInt32());
                return true;
            case (byte)'G':
                Push(BinaryPrimitives.ReadDoubleBigEndian(_source.Read(8)));
                return true;
            case 0x8c:
                PushText(_source.ReadByte(), isUtf8: true);
                return true;
            case (byte)'X':
                PushText(ReadUInt32(), isUtf8: true);
                return true;
            case 0x8d:
                PushText(ReadInt64(), isUtf8: true);
                return true;
            case (byte)'U':
                PushText(_source.ReadByte(), isUtf8: false);
                return true;
            case (byte)'T':
                PushText(ReadInt32(), isUtf8: false);
                return true;
            case (byte)'C':
                PushBytes(_source.ReadByte());
                return true;
            case (byte)'B':
                PushBytes(ReadUInt32());
                return true;
            case 0x8e or 0x96:
                PushBytes(ReadInt64());
                return true;
            default:
                return false;
        }
    }

    private bool Collection(byte instruction)
    {
        switch (instruction)
        {
            case (byte)']':
                Push(new PickleList());
                return true;
            case (byte)'}':
                Push(new PickleDictionary());
                return true;
            case (byte)')':
                PushTuple([]);
                return true;
            case 0x85:
                PushTuple(_stack.PopMany(1));
                return true;
            case 0x86:
                PushTuple(_stack.PopMany(2));
                return true;
            case 0x87:
                PushTuple(_stack.PopMany(3));
                return true;
            case (byte)'t':
                PushTuple(_stack.PopToMark());
                return true;
            case (byte)'a':
                _contents.Append(_stack.PopMany(1), _stack.Top());
                return true;
            case (byte)'e':
                _contents.Append(_stack.PopToMark(), _stack.Top());
                return true;
            case 0x8f:
                Push(new PickleOpaque("set"));
                return true;
            case 0x91:
                _stack.PopToMark();
                Push(new PickleOpaque("frozenset"));
                return true;
            case 0x90:
                _contents.Append(_stack.PopToMark(), _stack.Top());
                return true;
            case (byte)'s':
                _contents.Assign(_stack.PopMany(2), _stack.Top());
                return true;
            case (byte)'u':
                _contents.Assign(_stack.PopToMark(), _stack.Top());
                return true;
            default:
                return false;
        }
    }

    private bool Structure(byte instruction)
    {
        switch (instruction)
        {
            case 0x80:
                byte protocol = _source.ReadByte();
                return protocol <= HighestProtocol ? true : throw _source.Broken($"is of protocol {protocol}; at most {HighestProtocol} is read");
            case 0x95:
                _source.Read(sizeof(long)); // a frame's length, only of use to a reader without a buffer
                return true;
            case (byte)'(':
                _stack.Mark();
                return true;
            case (byte)'0':
                _stack.Pop();
                return true;
            case (byte)'q':
                Remember(_source.ReadByte());
                return true;
            case (byte)'r':
                Remember(ReadUInt32());
                return true;
            case 0x94:
                Remember(_memo.Count);
                return true;
            case (byte)'h':
                Recall(_source.ReadByte());
                return true;
            case (byte)'j':
                Recall(ReadUInt32());
                return true;
            case (byte)'c':
                string module = _source.ReadLine();
                Push(PickleCalls.Resolve(_source, module, _source.ReadLine()));
                return true;
            case 0x93:
                object?[] names = _stack.PopMany(2);
                Push(names is [string moduleName, string name]
                    ? PickleCalls.Resolve(_source, moduleName, name)
                    : throw _source.Broken($"names a global by something that is not text before byte {_source.Position}"));
                return true;
            case (byte)'i':
                string instanceModule = _source.ReadLine();
                PickleGlobal instance = PickleCalls.Resolve(_source, instanceModule, _source.ReadLine());
                throw _source.Broken($"makes an instance of '{instance}' before byte {_source.Position}, which is refused");
            case (byte)'R':
                object?[] call = _stack.PopMany(2);
                Push(PickleCalls.Invoke(
                    _source, call[0], call[1] is PickleTuple arguments ? arguments.Items : throw _source.Broken($"calls without a tuple before byte {_source.Position}")));
                return true;
            case 0x81:
                Push(_contents.Create(_stack.PopMany(2)[0], instruction));
                return true;
            case 0x92:
                Push(_contents.Create(_stack.PopMany(3)[0], instruction));
                return true;
            case (byte)'b':
                _contents.SetState(_stack.Pop(), _stack.Top());
                return true;
            case (byte)'Q':
                PickledStorage storage = PickledStorage.FromPersistentId(_source, _stack.Pop());
                _storages.Add(storage);
                Push(storage);
                return true;
            default:
                return false;
        }
    }

    private void Push(object value)
    {
        _budget.Charge(ObjectCost);
        _stack.Push(value);
    }

    private void PushInteger(long value)
    {
        if (value is >= 0 and < 256)
        {
            _stack.Push(SmallIntegers[value]);
            return;
        }

        Push(value);
    }

    private void PushLongInteger(int length)
    {
        if (length is < 0 or > MaximumInteger)
        {
            throw _source.Broken($"has an integer of {length} bytes at byte {_source.Position}");
        }

        var value = new BigInteger(_source.Read(length));
        if (value >= long.MinValue && value <= long.MaxValue)
        {
            PushInteger((long)value);
        }
        else
        {
            Push(value);
        }
    }

    private void PushText(long length, bool isUtf8)
    {
        if (length is >= 0 and <= MaximumText)
        {
            _budget.Charge(2 * length);
            Push(isUtf8 ? _source.ReadUtf8((int)length) : Encoding.Latin1.GetString(_source.Read((int)length)));
        }
        else
        {
            Push(new PickleBytes(_source.Skip(length), length, isUtf8, Inline: null));
        }
    }

    private void PushBytes(long length) => Push(new PickleBytes(_source.Skip(length), length, IsUtf8: false, Inline: null));

    private void PushTuple(object?[] items)
    {
        _budget.Charge(TupleItemCost * items.Length);
        Push(new PickleTuple(items));
    }

    private void Remember(long key)
    {
        _budget.Charge(MemoCost);
        _memo[key] = _stack.Top();
    }

    private void Recall(long key)
    {
        if (!_memo.TryGetValue(key, out object? value))
        {
            throw _source.Broken($"recalls the value {key} that it did not store, before byte {_source.Position}");
        }

        _stack.Push(value);
    }

    private int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(_source.Read(sizeof(int)));

    private uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(_source.Read(sizeof(uint)));

    private long ReadInt64() => BinaryPrimitives.ReadInt64LittleEndian(_source.Read(sizeof(long)));
}
