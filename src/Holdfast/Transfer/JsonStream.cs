using System.Text.Json;
using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>JSON from a stream, token by token and value by value: only one value has to fit into memory.</summary>
internal sealed class JsonStream(Stream stream)
{
    private const int Largest = 1 << 30;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = 256 };

    private byte[] _buffer = new byte[1 << 16];
    private JsonReaderState _state = new(Options);
    private int _start;
    private int _end;
    private long _before;
    private bool _isOver;

    /// <summary>Bytes read so far: where the next token begins, or the space before it.</summary>
    public long Position => _before + _start;

    /// <summary>Reads a token.</summary>
    /// <param name="token">What it is.</param>
    /// <param name="text">Of a property its name, of a string the string.</param>
    /// <returns>Whether there was one.</returns>
    public bool TryRead(out JsonTokenType token, out string text)
    {
        while (true)
        {
            Utf8JsonReader reader = new(_buffer.AsSpan(_start, _end - _start), _isOver, _state);
            if (Step(ref reader))
            {
                token = reader.TokenType;
                text = token is JsonTokenType.PropertyName or JsonTokenType.String ? reader.GetString()! : "";
                Advance(ref reader);
                return true;
            }

            if (_isOver)
            {
                token = JsonTokenType.None;
                text = "";
                return false;
            }

            Fill();
        }
    }

    /// <summary>Reads a whole value; null if a closing bracket comes instead, which is read.</summary>
    public JsonDocument? ReadValue()
    {
        while (true)
        {
            Utf8JsonReader reader = new(_buffer.AsSpan(_start, _end - _start), _isOver, _state);
            if (Step(ref reader))
            {
                if (reader.TokenType is JsonTokenType.EndArray or JsonTokenType.EndObject)
                {
                    Advance(ref reader);
                    return null;
                }

                if (TryParse(ref reader, out JsonDocument? document))
                {
                    Advance(ref reader);
                    return document;
                }
            }

            if (_isOver)
                throw MapFileError.At($"byte {Position}", "the file ends in the middle");
            Fill();
        }
    }

    private static bool Step(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.Read();
        }
        catch (JsonException failure)
        {
            throw NoJson(failure);
        }
    }

    private static bool TryParse(ref Utf8JsonReader reader, out JsonDocument? document)
    {
        try
        {
            return JsonDocument.TryParseValue(ref reader, out document);
        }
        catch (JsonException failure)
        {
            throw NoJson(failure);
        }
    }

    private static BpfException NoJson(JsonException failure) =>
        MapFileError.At($"line {failure.LineNumber + 1}, byte {failure.BytePositionInLine + 1}", $"no JSON: {failure.Message.Split(" LineNumber:")[0]}");

    private void Advance(ref Utf8JsonReader reader)
    {
        _start += (int)reader.BytesConsumed;
        _state = reader.CurrentState;
    }

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _before += _start;
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            if (_buffer.Length >= Largest)
                throw new BpfException(Errno.E2BIG, $"byte {Position}: one value of the file is larger than {Largest >> 20} MB [{Errno.E2BIG}]");
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        int count = stream.Read(_buffer, _end, _buffer.Length - _end);
        _isOver = count == 0;
        _end += count;
    }
}
