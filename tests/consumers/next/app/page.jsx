import Similar from './similar.jsx';

export default function Page() {
  return <main><h1>Rendered on the server</h1><Similar /></main>;
}
